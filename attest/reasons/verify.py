"""Reason codes of the verify stage."""

from __future__ import annotations

from attest.reasons.reason import Reason

VERIFY: dict[str, Reason] = {}
