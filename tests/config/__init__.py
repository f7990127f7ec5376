"""Tests of attest.config."""
