"""Tests that mirror attest/evaluate/abi."""
