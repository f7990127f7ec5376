"""attest.yaml -> Plan: everything a run needs, decided and pinned before a byte is fetched."""

from __future__ import annotations

from attest.config.loader import load_plan
from attest.config.overrides import Overrides

__all__ = ["Overrides", "load_plan"]
