"""Writing signatures: Sigstore bundles by a key of one's own, or by an identity."""

from __future__ import annotations

from attest.signing.identity import sign_with_identity
from attest.signing.key import sign_with_key

__all__ = ["sign_with_identity", "sign_with_key"]
