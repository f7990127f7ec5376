"""What the gate knows of a digest, in the shape of Chainloop's discovery (``ReferrerItem``).

Only what was verified and accepted is told: an artifact and the evidence about it, or a piece of
evidence and the artifacts it is about. ``downloadable`` and ``public`` are about Chainloop's own
store, in which nothing is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from attest.aggregate.types import Piece, Target
from attest.model import strict_json
from attest.model.digest import Digest
from attest.model.material import Material

ARTIFACT, ATTESTATION = "ARTIFACT", "ATTESTATION"
_CHAINLOOP = "chainloop.dev/attestation/"
_EVALUATIONS = "policyEvaluations"

Item = dict[str, Any]


def discover(request: bytes, targets: Sequence[Target], pieces: Sequence[Piece]) -> bytes:
    """Answer ``{"digest", "kind"}`` with an item, or ``null`` when nothing is known of it.

    ``kind`` empty means any. A digest that is malformed is one that nothing is known of.
    """
    asked = json.loads(request)
    found = _find(str(asked["digest"]), targets, pieces)
    if found is None or asked["kind"] not in ("", found["kind"]):
        return b"null"
    return json.dumps(found, sort_keys=True, ensure_ascii=False).encode()


def _find(text: str, targets: Sequence[Target], pieces: Sequence[Piece]) -> Item | None:
    try:
        digest = Digest.parse(text)
    except ValueError:
        return None
    accepted = [piece for piece in pieces if piece.accepted]
    for target in targets:
        if digest in target.digests:
            about = [_evidence(piece) for piece in accepted if piece.relates_to(target)]
            return _artifact(target, digest) | {"references": about}
    for piece in accepted:
        if piece.artifact.digest == digest:
            about = [_artifact(t, t.digests[0]) for t in targets if piece.relates_to(t)]
            return _evidence(piece) | {"references": about}
    return None


def _artifact(target: Target, digest: Digest) -> Item:
    return _item(str(digest), ARTIFACT, {"name": target.name})


def _evidence(piece: Piece) -> Item:
    material = piece.material
    if material is None:
        return _item(str(piece.artifact.digest), "UNKNOWN", {})
    signers = ",".join(sorted(signer.name for signer in material.verified.signers))
    metadata = {"signers": signers} if signers else {}
    if material.name is not None:
        metadata["name"] = material.name
    if material.predicate_type is not None:
        metadata["predicateType"] = material.predicate_type
    kind = str(material.kind)
    if (material.predicate_type or "").startswith(_CHAINLOOP):
        kind = ATTESTATION
        metadata["hasPolicyViolations"] = "true" if _has_violations(material) else "false"
    return _item(str(piece.artifact.digest), kind, metadata)


def _has_violations(material: Material) -> bool:
    """Whether an attestation of Chainloop's states a violation; what it does not state, it may."""
    try:
        evaluations = strict_json.parse(material.document)["predicate"][_EVALUATIONS]
        return any(one["violations"] for each in evaluations.values() for one in each)
    except (ValueError, LookupError, TypeError, AttributeError):
        return True


def _item(digest: str, kind: str, metadata: dict[str, str]) -> Item:
    return {
        "digest": digest,
        "kind": kind,
        "downloadable": False,
        "public": False,
        "references": [],
        "metadata": metadata,
        "annotations": {},
    }
