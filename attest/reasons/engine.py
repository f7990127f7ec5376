"""Reason codes of the engine stage."""

from __future__ import annotations

from attest.reasons.reason import Reason

ENGINE: dict[str, Reason] = {}
