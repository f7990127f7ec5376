"""A transparency log's word for an entry: inclusion proof, checkpoint, signed entry timestamp."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from datetime import UTC, datetime

from attest.errors import VerificationError
from attest.verify.bundle import Entry, Proof
from attest.verify.envelope import Signed
from attest.verify.keys import BadSignatureError, check_signature
from attest.verify.root import Log

MAX_CHECKPOINT = 64 * 1024
MAX_NOTE_SIGNATURES = 64
_HASH = 32
_HINT = 4
_SIGNATURE = re.compile("\u2014 ([^ +\n]+) ([A-Za-z0-9+/=]+)")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def check_inclusion(entry: Entry, proof: Proof) -> None:
    """Recompute the root hash from the entry (RFC 9162 §2.1.3.2); raise INCLUSION_PROOF."""
    if not proof.index < proof.size:
        raise _not_included(f"index {proof.index} is not below the tree size {proof.size}")
    if len(proof.root) != _HASH or any(len(node) != _HASH for node in proof.hashes):
        raise _not_included("a hash is not a SHA-256")
    inner = (proof.index ^ (proof.size - 1)).bit_length()
    expected = inner + (proof.index >> inner).bit_count()
    if len(proof.hashes) != expected:
        raise _not_included(f"it has {len(proof.hashes)} hashes; expected {expected}")
    node = hashlib.sha256(b"\0" + entry.body).digest()
    for level, sibling in enumerate(proof.hashes):
        is_right = level >= inner or (proof.index >> level) & 1
        pair = sibling + node if is_right else node + sibling
        node = hashlib.sha256(b"\1" + pair).digest()
    if node != proof.root:
        raise _not_included(f"it leads to root {node.hex()}; expected {proof.root.hex()}")


def check_checkpoint(note: str, proof: Proof, log: Log) -> None:
    """Check that ``log`` has signed the very state that ``proof`` leads to; raise CHECKPOINT.

    Origin, size and root hash must all agree (C2SP tlog-checkpoint, signed-note). Signatures by
    others, witnesses for instance, are passed over.
    """
    if len(note) > MAX_CHECKPOINT or note.count("\n\n") != 1:
        raise _bad_checkpoint("it is not a signed note")
    head, _, signatures = note.partition("\n\n")
    text = head + "\n"
    lines = head.split("\n")
    if len(lines) < 3 or not _SIZE.fullmatch(lines[1]):  # noqa: PLR2004  # origin, size, root hash
        raise _bad_checkpoint("it does not state an origin, a size and a root hash")
    origin, size, root = lines[0], int(lines[1]), lines[2]
    if origin != log.origin and not origin.startswith(f"{log.origin} - "):
        raise _bad_checkpoint(f"its origin is {origin!r:.200}; expected {log.origin!r}")
    if size != proof.size:
        raise _bad_checkpoint(f"its size is {size}; the proof's is {proof.size}")
    if root != base64.b64encode(proof.root).decode("ascii"):
        raise _bad_checkpoint(f"its root hash is {root!r:.100}; the proof's is {proof.root.hex()}")
    _check_note_signature(text, signatures, log)


def _check_note_signature(text: str, signatures: str, log: Log) -> None:
    lines = signatures.removesuffix("\n").split("\n")
    if len(lines) > MAX_NOTE_SIGNATURES:
        raise _bad_checkpoint(f"it has {len(lines)} signatures; {MAX_NOTE_SIGNATURES} are allowed")
    problem = f"there is none by {log.origin} with the key hint {log.hint.hex()}"
    for line in lines:
        match = _SIGNATURE.fullmatch(line)
        if match is None:
            raise _bad_checkpoint("a signature line is malformed")
        blob = _decode(match[2])
        if match[1] != log.origin or blob[:_HINT] != log.hint:
            continue
        try:
            check_signature(log.key, blob[_HINT:], Signed(text.encode("utf-8")))
        except BadSignatureError as error:
            problem = str(error)
        else:
            return
    raise _bad_checkpoint(f"its signature: {problem}")


def _decode(text: str) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except binascii.Error:
        content = b""
    if base64.b64encode(content).decode("ascii") != text:
        raise _bad_checkpoint("a signature is not base64")
    return content


def check_promise(entry: Entry, promise: bytes, log: Log) -> datetime:
    """Return the time of integration that ``log`` has signed; raise SET_INVALID or LOG_WINDOW.

    The promise covers body, time, log id and index as canonical JSON (RFC 8785).
    """
    covered = {
        "body": base64.b64encode(entry.body).decode("ascii"),
        "integratedTime": entry.integrated_at,
        "logID": entry.log_id.hex(),
        "logIndex": entry.index,
    }
    canonical = json.dumps(covered, sort_keys=True, separators=(",", ":")).encode("ascii")
    try:
        check_signature(log.key, promise, Signed(canonical))
    except BadSignatureError as error:
        raise VerificationError(
            "SET_INVALID", f"the signed entry timestamp by {log.origin} is not valid: {error}"
        ) from None
    return datetime.fromtimestamp(entry.integrated_at, UTC)


def _not_included(why: str) -> VerificationError:
    return VerificationError("INCLUSION_PROOF", f"the inclusion proof is not valid: {why}")


def _bad_checkpoint(why: str) -> VerificationError:
    return VerificationError("CHECKPOINT", f"the checkpoint is not valid: {why}")
