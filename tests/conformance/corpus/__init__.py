"""A corpus from the private Sigstore: each case is right but for one thing, and says for which.

Three verifiers are asked about it: this one, sigstore-python and cosign.
"""

from __future__ import annotations

from functools import cache

from tests.conformance.corpus import form, log, times, who
from tests.conformance.corpus.case import VERIFIED, Case

__all__ = ["VERIFIED", "Case", "cases"]


@cache
def cases() -> tuple[Case, ...]:
    """Return every case; no two have the same name."""
    return (*times.cases(), *log.cases(), *who.cases(), *form.cases())
