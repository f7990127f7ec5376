"""Hostile policies in one table: each costs its own verdict, within its own limits."""
