"""Tests of the terminal report."""
