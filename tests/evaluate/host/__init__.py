"""Tests that mirror attest/evaluate."""
