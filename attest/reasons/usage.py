"""Reason codes of the usage stage."""

from __future__ import annotations

from attest.reasons.reason import Reason

USAGE: dict[str, Reason] = {}
