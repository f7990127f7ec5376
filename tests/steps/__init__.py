"""Tests of the steps, each on a gate that really runs."""
