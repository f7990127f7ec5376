"""Tests that mirror attest/evaluate/capabilities."""
