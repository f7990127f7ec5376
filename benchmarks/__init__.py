"""Measurements: ratios against a peer or a floor, taken in one run. Never part of the tests."""
