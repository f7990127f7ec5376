"""Tests of reading policy bundles."""
