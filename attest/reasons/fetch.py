"""Reason codes of the fetch stage."""

from __future__ import annotations

from attest.reasons.reason import Reason

FETCH: dict[str, Reason] = {}
