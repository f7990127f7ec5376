"""Reason codes of the decode stage."""

from __future__ import annotations

from attest.reasons.reason import Reason

DECODE: dict[str, Reason] = {}
