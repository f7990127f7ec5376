"""The bytes that a policy receives."""

from __future__ import annotations

import json

from attest.aggregate.types import Piece, Task


def document(task: Task) -> bytes:
    """Return the document for ``task``.

    One material is handed over exactly as it was verified. Under ``inputs: all`` the exact
    documents stand in an array, each beside what was proven about it.
    """
    if not task.combined:
        (piece,) = task.pieces
        return piece.material.document if piece.material is not None else b""
    return b"[" + b",".join(_entry(piece) for piece in task.pieces) + b"]"


def _entry(piece: Piece) -> bytes:
    material = piece.material
    if material is None:
        return b"null"
    proven = {
        "kind": material.kind,
        "predicate_type": material.predicate_type,
        "name": material.name,
        "digest": str(material.verified.artifact.digest),
        "signers": [signer.name for signer in material.verified.signers],
    }
    head = json.dumps(proven, sort_keys=True, ensure_ascii=False).encode("utf-8")
    return head[:-1] + b', "document": ' + material.document + b"}"
