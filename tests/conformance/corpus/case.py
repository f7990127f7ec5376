"""One case of the corpus, and what all of them are made of."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from attest.signing.bundle import b64, canonical
from attest.testing import BundleKnobs, KeyPair, edit, read, statement
from tests.verify.setting import BLOB, BOX, ROOT

VERIFIED = "VERIFIED"
PREDICATE = "https://example.test/predicate"
STATEMENT = statement({"app": BLOB}, PREDICATE, {"answer": 42})
ENTRY = "/verificationMaterial/tlogEntries/0"
STAMPS = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps"
V01, V02 = (f"application/vnd.dev.sigstore.bundle+json;version=0.{n}" for n in (1, 2))


@dataclass(frozen=True)
class Case:
    """A bundle about `BLOB`, the trust root it meets, and the code that must come of it.

    ``blob`` says that it signs the file itself, not a statement about it. ``key`` is the managed
    key that is asked for; without one it is the usual identity and issuer.
    """

    name: str
    code: str
    bundle: bytes
    root: bytes = ROOT
    blob: bool = False
    key: KeyPair | None = None


Cases = Iterator[Case]


def signed(knobs: BundleKnobs = BundleKnobs(), **request: Any) -> bytes:  # noqa: B008  # frozen
    """Return a bundle around the statement."""
    return BOX.sign_statement(STATEMENT, knobs=knobs, **request)


def signed_blob(knobs: BundleKnobs = BundleKnobs(), **request: Any) -> bytes:  # noqa: B008  # frozen
    """Return a bundle over the file itself."""
    return BOX.sign_blob(BLOB, knobs=knobs, **request)


def body(bundle: bytes) -> dict[str, Any]:
    """Return the body of the log entry."""
    parsed: dict[str, Any] = json.loads(
        base64.b64decode(read(bundle, ENTRY + "/canonicalizedBody"))
    )
    return parsed


def edited(bundle: bytes, *changes: tuple[str, Any]) -> bytes:
    """Return the bundle with the values at several JSON pointers set."""
    for pointer, value in changes:
        bundle = edit(bundle, pointer, value)
    return bundle


def flipped(bundle: bytes, pointer: str, at: int = -1) -> bytes:
    """Return the bundle with a bit of the base64 value at ``pointer`` turned."""
    content = bytearray(base64.b64decode(read(bundle, pointer)))
    content[at] ^= 1
    return edit(bundle, pointer, b64(bytes(content)))


def compact(document: Any) -> bytes:
    """Return a document as canonical JSON."""
    return canonical(document)
