"""Tests that mirror attest/evaluate/native."""
