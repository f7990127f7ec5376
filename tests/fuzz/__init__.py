"""Seeded fuzzers: `python -m tests.fuzz.engines --count N`, and the like beside it."""
