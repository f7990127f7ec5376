"""A file with many bundles: which there are, in order. Nothing here is verified.

JSON arrays, JSON Lines, what npm's registry and GitHub's API answer (``attestations``), PEP 740
provenance objects (``attestation_bundles``), and what ``gcloud artifacts docker images describe
--show-provenance --format json`` prints (``provenance_summary``).
"""

from __future__ import annotations

import json
from typing import Any

from attest.errors import VerificationError
from attest.model import strict_json
from attest.model.artifact import Artifact, Reference
from attest.verify.bundle import malformed

MAX_BUNDLES = 100_000
"""Bundles of one file."""

_CONTAINERS = (b'"attestations"', b'"attestation_bundles"', b'"provenance_summary"')
_SPACE = b" \t\r\n"


def split(artifact: Artifact) -> tuple[Artifact, ...]:
    """Return the bundles in a file, each as a file of its own; a single bundle is itself.

    Raise BUNDLE_MALFORMED when the file as a whole cannot be taken apart, is empty or holds too
    many. Whether each part is a bundle shows when it is verified.
    """
    content = artifact.content.strip(_SPACE)
    if not content:
        raise VerificationError(
            "BUNDLE_MALFORMED", "the file is empty", where=str(artifact.reference)
        )
    try:
        parts = _parts(content)
    except ValueError as error:
        raise malformed("file of bundles", error) from None
    if parts is None:
        return (artifact,)
    if not 0 < len(parts) <= MAX_BUNDLES:
        raise VerificationError(
            "BUNDLE_MALFORMED",
            f"the file holds {len(parts)} bundles; expected 1 to {MAX_BUNDLES}",
            where=str(artifact.reference),
        )
    return tuple(_part(artifact, number, part) for number, part in enumerate(parts, 1))


def _parts(content: bytes) -> list[bytes] | None:
    if content[:1] == b"[":
        return [_written(one) for one in strict_json.parse(content)]
    if _is_lines(content):
        return [line for raw in content.split(b"\n") if (line := raw.strip(_SPACE))]
    if content[:1] == b"{" and any(mark in content for mark in _CONTAINERS):
        return _contained(strict_json.parse(content))
    return None


def _is_lines(content: bytes) -> bool:
    """JSON Lines: each line is a document, so the first one ends where it ends."""
    first, newline, _ = content.partition(b"\n")
    return bool(newline) and first[:1] == b"{" and first.rstrip(_SPACE)[-1:] == b"}"


def _contained(document: dict[str, Any]) -> list[bytes] | None:
    listed = document.get("attestations")
    if isinstance(listed, list) and "mediaType" not in document:
        return [_written(one.get("bundle") if isinstance(one, dict) else one) for one in listed]
    bundles = document.get("attestation_bundles")
    if isinstance(bundles, list):
        return [_written(one) for each in bundles for one in _attestations(each)]
    summary = document.get("provenance_summary")
    builds = summary.get("provenance") if isinstance(summary, dict) else None
    if isinstance(builds, list):
        return [_written(one.get("envelope") if isinstance(one, dict) else one) for one in builds]
    return None


def _attestations(bundle: Any) -> list[Any]:
    listed = bundle.get("attestations") if isinstance(bundle, dict) else None
    return listed if isinstance(listed, list) else [bundle]


def _written(part: Any) -> bytes:
    return json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode()


def _part(artifact: Artifact, number: int, content: bytes) -> Artifact:
    whole = artifact.reference
    place = Reference(whole.scheme, f"{whole.locator}#{number}", base=whole.base)
    return Artifact.of(place, content, artifact.media_type)
