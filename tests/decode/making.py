"""Verified payloads and small documents for the tests of this stage."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from attest.errors import DecodeError
from attest.model.artifact import Artifact, Reference
from attest.model.digest import Digest
from attest.model.trust import Method, Verified

IN_TOTO = "application/vnd.in-toto+json"
V1 = "https://in-toto.io/Statement/v1"
V01 = "https://in-toto.io/Statement/v0.1"
SHA256 = "0123456789abcdef" * 4
SARIF_TYPE = "https://docs.oasis-open.org/sarif/sarif/v2.1.0"
UNKNOWN_TYPE = "https://example.org/anything/v1"


def to_json(document: Any) -> bytes:
    """Write ``document``."""
    return json.dumps(document).encode("utf-8")


def verified(
    payload: bytes, method: Method = Method.ENVELOPE, payload_type: str = IN_TOTO
) -> Verified:
    """Return ``payload`` as the verify stage would hand it over."""
    artifact = Artifact.of(Reference("file", "evidence.json"), payload)
    return Verified(artifact, method, payload, payload_type, Digest.of(payload))


def statement(predicate: Any, predicate_type: str = UNKNOWN_TYPE, **changes: Any) -> dict[str, Any]:
    """Return a statement about one artifact; a change to ``None`` removes the member."""
    document = {
        "_type": V1,
        "subject": [{"name": "app.tar.gz", "digest": {"sha256": SHA256}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    } | changes
    return {name: value for name, value in document.items() if value is not None}


def signed(predicate: Any, predicate_type: str = UNKNOWN_TYPE, **changes: Any) -> Verified:
    """Return a verified statement."""
    return verified(to_json(statement(predicate, predicate_type, **changes)))


def sarif_run(**changes: Any) -> dict[str, Any]:
    """Return a clean run of one rule; a change to ``None`` removes the member."""
    run = {
        "tool": {"driver": {"name": "scanner", "rules": [{"id": "R1"}]}},
        "invocations": [{"executionSuccessful": True, "endTimeUtc": "2026-05-01T10:00:00Z"}],
        "results": [],
    } | changes
    return {name: value for name, value in run.items() if value is not None}


def sarif(*runs: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a log of ``runs``."""
    return {"version": "2.1.0", "runs": list(runs)} | changes


CYCLONEDX: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "metadata": {
        "timestamp": "2026-05-01T10:00:00+02:00",
        "component": {"type": "application", "name": "app"},
    },
    "components": [{"type": "library", "name": "left-pad", "version": "1.0.0"}],
}

SPDX: dict[str, Any] = {
    "spdxVersion": "SPDX-2.3",
    "SPDXID": "SPDXRef-DOCUMENT",
    "dataLicense": "CC0-1.0",
    "name": "app",
    "documentNamespace": "https://example.org/app",
    "creationInfo": {"created": "2026-05-01T08:00:00Z", "creators": ["Tool: t"]},
    "packages": [{"name": "left-pad", "SPDXID": "SPDXRef-1"}],
}


def refused(code: str, call: Callable[..., object], *arguments: Any, **named: Any) -> DecodeError:
    """Check that ``call`` refuses with ``code``; return the refusal."""
    with pytest.raises(DecodeError) as caught:
        call(*arguments, **named)
    assert caught.value.code == code, caught.value
    return caught.value
