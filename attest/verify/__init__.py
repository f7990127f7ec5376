"""Stage 2: who vouches for the bytes. Pure; the only maker of `attest.model.trust.Verified`."""

from __future__ import annotations

from attest.verify.builtin import BUILTIN_ROOTS, builtin_root
from attest.verify.verifier import Verifier

__all__ = ["BUILTIN_ROOTS", "Verifier", "builtin_root"]
