"""The stable reason codes, one table for each stage; `attest explain CODE` reads them."""

from __future__ import annotations

from attest.reasons.command import COMMAND
from attest.reasons.decode import DECODE
from attest.reasons.engine import ENGINE
from attest.reasons.expect import EXPECT
from attest.reasons.fetch import FETCH
from attest.reasons.gate import GATE
from attest.reasons.reason import EXIT_PRECEDENCE, Reason
from attest.reasons.registry import REGISTRY
from attest.reasons.report import REPORT
from attest.reasons.sign import SIGN
from attest.reasons.usage import USAGE
from attest.reasons.verify import VERIFY

TABLES: dict[str, dict[str, Reason]] = {
    "command": COMMAND,
    "usage": USAGE,
    "fetch": FETCH,
    "registry": REGISTRY,
    "verify": VERIFY,
    "expect": EXPECT,
    "decode": DECODE,
    "engine": ENGINE,
    "gate": GATE,
    "report": REPORT,
    "sign": SIGN,
}
REASONS: dict[str, Reason] = {
    code: reason for table in TABLES.values() for code, reason in table.items()
}

__all__ = ["EXIT_PRECEDENCE", "REASONS", "TABLES", "Reason"]
