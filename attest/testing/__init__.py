"""A private Sigstore in a box, for tests that need no network and no secrets.

`PrivateSigstore` issues certificates, signs statements and blobs, logs and stamps them, and writes
the trust root that believes them. Its private keys follow from a public seed: trust them in tests
only. The knobs make what must be refused.
"""

from __future__ import annotations

from attest.testing.assemble import BundleKnobs
from attest.testing.authority import Authority, Window
from attest.testing.box import IDENTITY, ISSUER, PrivateSigstore, sign_envelope
from attest.testing.edit import edit, read, remove
from attest.testing.fulcio import CLAIMS, CertificateKnobs, Credential
from attest.testing.keys import KeyPair, KeyType
from attest.testing.log import LogKnobs
from attest.testing.root import RootKnobs
from attest.testing.statement import statement, subject
from attest.testing.tsa import TimestampKnobs

__all__ = [
    "CLAIMS",
    "IDENTITY",
    "ISSUER",
    "Authority",
    "BundleKnobs",
    "CertificateKnobs",
    "Credential",
    "KeyPair",
    "KeyType",
    "LogKnobs",
    "PrivateSigstore",
    "RootKnobs",
    "TimestampKnobs",
    "Window",
    "edit",
    "read",
    "remove",
    "sign_envelope",
    "statement",
    "subject",
]
