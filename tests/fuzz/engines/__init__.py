"""Fuzzers of what policies are, what they are given, and what they answer."""
