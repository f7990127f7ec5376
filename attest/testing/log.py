"""A transparency log: Rekor v1 with its promises, Rekor v2 without."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ed25519

from attest.signing.bundle import b64, canonical
from attest.signing.signature import PrivateKey, public_der, sign
from attest.testing import merkle

_MAX_TREE = 24


@dataclass(frozen=True, slots=True)
class TransparencyLog:
    """A log with its signing ``key``.

    It has no state: each entry is proven in a small tree of its own, whose size and filling follow
    from the entry. So no call can change what another one writes.
    """

    key: PrivateKey
    name: str
    origin: str
    version: int

    @property
    def key_id(self) -> bytes:
        """The log's name for itself, whose first bytes mark its checkpoints.

        It is the SHA-256 of the public key; an Ed25519 key is joined with the log's name, as in
        C2SP signed-note, "Signature types".
        """
        named = public_der(self.key.public_key())
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            named = f"{self.name}\n\x01".encode() + self.key.public_key().public_bytes_raw()
        return hashlib.sha256(named).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogKnobs:
    """What may be unusual about a log entry.

    ``version`` is Rekor's, 1 or 2. ``log`` signs in place of the box's own. ``at`` is the
    integrated time (v1). ``edit_body`` changes the entry before the log signs it: the log then
    vouches for something else. ``origin`` is written into the checkpoint; ``tree_size`` too, while
    the proof keeps the real one. ``promise`` and ``proof`` say which of the two are there.
    ``intoto`` writes an envelope's entry as intoto 0.0.1, as older clients did (v1).
    """

    version: int = 1
    log: TransparencyLog | None = None
    at: datetime | None = None
    edit_body: Callable[[dict[str, Any]], object] | None = None
    origin: str | None = None
    tree_size: int | None = None
    promise: bool = True
    proof: bool = True
    intoto: bool = False


def record(
    log: TransparencyLog, body: dict[str, Any], at: datetime, knobs: LogKnobs
) -> dict[str, Any]:
    """Return the bundle's ``TransparencyLogEntry`` for ``body`` (sigstore_rekor.proto)."""
    if knobs.edit_body:
        knobs.edit_body(body)
    written = canonical(body)
    proof = _inclusion_proof(log, written, knobs)
    index = int(proof["logIndex"])
    entry: dict[str, Any] = {
        "logId": {"keyId": b64(log.key_id)},
        "kindVersion": {"kind": body["kind"], "version": body["apiVersion"]},
        "canonicalizedBody": b64(written),
    }
    if log.version == 1:
        # A v1 log is split into shards: the index in the proof counts within one of them.
        index += _number(written, "shard") % 10**9
        seconds = int((knobs.at or at).timestamp())
        entry["integratedTime"] = str(seconds)
        if knobs.promise:
            entry["inclusionPromise"] = {
                "signedEntryTimestamp": b64(_promise(log, written, index, seconds))
            }
    entry["logIndex"] = str(index)
    if knobs.proof:
        entry["inclusionProof"] = proof
    return entry


def _inclusion_proof(log: TransparencyLog, written: bytes, knobs: LogKnobs) -> dict[str, Any]:
    size = 1 + _number(written, "size") % _MAX_TREE
    index = _number(written, "index") % size
    leaves = [merkle.leaf(b"filler %d" % n + written) for n in range(size)]
    leaves[index] = merkle.leaf(written)
    head = merkle.root(leaves)
    return {
        "logIndex": str(index),
        "rootHash": b64(head),
        "treeSize": str(size),
        "hashes": [b64(node) for node in merkle.path(index, leaves)],
        "checkpoint": {
            "envelope": checkpoint(
                log, knobs.tree_size or size, head, origin=knobs.origin or log.origin
            )
        },
    }


def checkpoint(log: TransparencyLog, size: int, head: bytes, *, origin: str) -> str:
    """Return a signed note over the tree's head (C2SP tlog-checkpoint and signed-note)."""
    note = f"{origin}\n{size}\n{b64(head)}\n"
    signature = log.key_id[:4] + sign(log.key, note.encode("utf-8"))
    return f"{note}\n\N{EM DASH} {log.name} {b64(signature)}\n"


def _promise(log: TransparencyLog, written: bytes, index: int, seconds: int) -> bytes:
    """Return the signed entry timestamp: a signature over four fields in canonical JSON."""
    return sign(
        log.key,
        canonical(
            {
                "body": b64(written),
                "integratedTime": seconds,
                "logID": log.key_id.hex(),
                "logIndex": index,
            }
        ),
    )


def _number(written: bytes, purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(purpose.encode() + written).digest()[:8], "big")
