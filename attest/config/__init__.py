"""attest.yaml -> Plan: everything a run needs, decided and pinned before a byte is fetched."""

from __future__ import annotations

from attest.config.loader import load_plan

__all__ = ["load_plan"]
