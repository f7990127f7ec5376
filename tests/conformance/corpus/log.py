"""Log entries: bound to this signature, in the log, and signed for by it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from attest.signing.bundle import b64
from attest.testing import BundleKnobs, LogKnobs, edit, read, remove
from tests.conformance.corpus.case import (
    ENTRY,
    V01,
    V02,
    VERIFIED,
    Case,
    Cases,
    edited,
    flipped,
    signed,
    signed_blob,
)
from tests.verify.setting import BLOB, BOX, OTHER_BOX

PROOF = ENTRY + "/inclusionProof"
ZEROS = "0" * 64


def _at(*way: str) -> Callable[[Any], None]:
    """Return an edit of an entry's body: the digest or text at ``way`` becomes another."""

    def change(body: dict[str, Any]) -> None:
        value: Any = body
        for step in way[:-1]:
            value = value[int(step) if isinstance(value, list) else step]
        old = value[way[-1]]
        value[way[-1]] = ZEROS if len(old) == len(ZEROS) else _other_base64(old)

    return change


def _other_base64(text: str) -> str:
    content = bytearray(base64.b64decode(text))
    content[len(content) // 2] ^= 1
    return b64(bytes(content))


BODIES: dict[str, tuple[bool, int, tuple[str, ...]]] = {
    "hashedrekord 0.0.1: digest": (True, 1, ("spec", "data", "hash", "value")),
    "hashedrekord 0.0.1: signature": (True, 1, ("spec", "signature", "content")),
    "hashedrekord 0.0.1: certificate": (True, 1, ("spec", "signature", "publicKey", "content")),
    "hashedrekord 0.0.2: digest": (True, 2, ("spec", "hashedRekordV002", "data", "digest")),
    "hashedrekord 0.0.2: signature": (
        *(True, 2),
        ("spec", "hashedRekordV002", "signature", "content"),
    ),
    "hashedrekord 0.0.2: certificate": (
        *(True, 2),
        ("spec", "hashedRekordV002", "signature", "verifier", "x509Certificate", "rawBytes"),
    ),
    "envelope, hashedrekord 0.0.2: digest": (
        *(False, 2),
        ("spec", "hashedRekordV002", "data", "digest"),
    ),
    "dsse 0.0.1: payload": (False, 1, ("spec", "payloadHash", "value")),
    "dsse 0.0.1: signature": (False, 1, ("spec", "signatures", "0", "signature")),
    "dsse 0.0.1: certificate": (False, 1, ("spec", "signatures", "0", "verifier")),
}


def cases() -> Cases:
    """Yield what the entry is about, then how it is proven, then several entries."""
    for name, (blob, version, way) in BODIES.items():
        sign = signed_blob if blob else signed
        knobs = BundleKnobs(log=LogKnobs(version=version, edit_body=_at(*way)))
        yield Case(f"the log has another: {name}", "TLOG_BINDING", sign(knobs), blob=blob)
    yield from _other_entries()
    yield from _proofs()
    yield from _promises()
    yield from _several()


def _other_entries() -> Cases:
    """Entries that are true, and about something else."""
    binding = "TLOG_BINDING"
    another = read(BOX.sign_blob(b"another"), ENTRY)
    yield Case("the entry of another file", binding, edit(signed_blob(), ENTRY, another), blob=True)
    later = read(signed_blob(at=BOX.now.replace(second=50)), ENTRY)
    yield Case(
        "the entry of another signature over this file",
        binding,
        edit(signed_blob(), ENTRY, later),
        blob=True,
    )
    crossed = edit(signed_blob(), ENTRY, read(signed(), ENTRY))
    yield Case("the entry of an envelope for a file", binding, crossed, blob=True)
    yield Case(
        "the entry of a file for an envelope",
        binding,
        edit(signed(), ENTRY, read(signed_blob(), ENTRY)),
    )
    kind = edit(signed(), ENTRY + "/kindVersion/kind", "hashedrekord")
    yield Case("the entry is called by another kind", binding, kind)
    version = edit(signed(), ENTRY + "/kindVersion/version", "0.0.2")
    yield Case("the entry is called by another version", binding, version)
    yield from _algorithms()
    foreign = BundleKnobs(log=LogKnobs(log=OTHER_BOX.log))
    yield Case("the log is a stranger's", "TLOG_UNKNOWN", signed(foreign))
    unknown = edit(signed(), ENTRY + "/logId/keyId", b64(bytes(32)))
    yield Case("the log has another id", "TLOG_UNKNOWN", unknown)


def _algorithms() -> Cases:
    """The digest that the log has, called by another algorithm or made with one."""
    said = {
        "a weak algorithm": ("sha1", hashlib.sha1(BLOB).hexdigest(), "TLOG_BINDING"),  # noqa: S324
        "another algorithm's name": ("sha512", hashlib.sha256(BLOB).hexdigest(), "TLOG_BINDING"),
        "another algorithm's length": ("sha256", hashlib.sha512(BLOB).hexdigest(), "TLOG_BINDING"),
        "no algorithm": ("", hashlib.sha256(BLOB).hexdigest(), "TLOG_BINDING"),
    }
    for name, (algorithm, value, code) in said.items():

        def change(body: dict[str, Any], to: tuple[str, str] = (algorithm, value)) -> None:
            body["spec"]["data"]["hash"] = {"algorithm": to[0], "value": to[1]}

        knobs = BundleKnobs(log=LogKnobs(edit_body=change))
        yield Case(f"the log's digest is of {name}", code, signed_blob(knobs), blob=True)


def _proofs() -> Cases:
    bundle, other = _with_hashes(), signed(at=BOX.now.replace(second=40))
    bad, note = "INCLUSION_PROOF", "CHECKPOINT"
    hashes: list[str] = read(bundle, PROOF + "/hashes")
    yield Case("a proof", VERIFIED, bundle)
    yield Case("a hash of the proof is another", bad, flipped(bundle, PROOF + "/hashes/0"))
    yield Case("the proof lacks a hash", bad, edit(bundle, PROOF + "/hashes", hashes[1:]))
    more = [*hashes, hashes[0]]
    yield Case("the proof has a hash too many", bad, edit(bundle, PROOF + "/hashes", more))
    turned = hashes[::-1] if len(set(hashes)) > 1 else more
    yield Case("the hashes are the other way round", bad, edit(bundle, PROOF + "/hashes", turned))
    yield Case("the root hash is another", bad, flipped(bundle, PROOF + "/rootHash"))
    index = int(read(bundle, PROOF + "/logIndex"))
    size = int(read(bundle, PROOF + "/treeSize"))
    yield Case("the index is another", bad, edit(bundle, PROOF + "/logIndex", str(index ^ 1)))
    yield Case("the index is beyond the tree", bad, edit(bundle, PROOF + "/logIndex", str(size)))
    yield Case("the proof of another entry", bad, edit(bundle, PROOF, read(other, PROOF)))
    checkpoint = PROOF + "/checkpoint/envelope"
    yield Case("another tree's checkpoint", note, edit(bundle, checkpoint, read(other, checkpoint)))
    sized = BundleKnobs(log=LogKnobs(tree_size=size + 1))
    yield Case("the checkpoint is of another size", note, signed(sized))
    origin = BundleKnobs(log=LogKnobs(origin="other.test - 7"))
    yield Case("the checkpoint is of another origin", note, signed(origin))
    text: str = read(bundle, checkpoint)
    head, _, signature = text.partition("\n\n")
    yield Case("the checkpoint is not signed", note, edit(bundle, checkpoint, head + "\n\n"))
    renamed = text.replace("\u2014 ", "\u2014 x")
    yield Case("the checkpoint is signed by another name", note, edit(bundle, checkpoint, renamed))
    witness = f"{head}\n\n\u2014 witness.test {b64(bytes(68))}\n{signature}"
    yield Case("the checkpoint has a witness", VERIFIED, edit(bundle, checkpoint, witness))
    yield Case("no checkpoint", bad, remove(bundle, PROOF + "/checkpoint"))
    yield Case("no proof", bad, remove(bundle, PROOF))


def _with_hashes() -> bytes:
    """Return a bundle whose proof has several hashes."""
    for second in range(60):
        bundle = signed(at=BOX.now.replace(second=second))
        if len(read(bundle, PROOF + "/hashes")) > 2:
            return bundle
    raise AssertionError("no tree was large enough")


def _promises() -> Cases:
    alone = LogKnobs(proof=False)
    v01 = signed(BundleKnobs(media_type=V01, log=alone))
    promise = ENTRY + "/inclusionPromise/signedEntryTimestamp"
    yield Case("v0.1 with a promise alone", VERIFIED, v01)
    v02 = signed(BundleKnobs(media_type=V02, log=alone))
    yield Case("v0.2 with a promise alone", "INCLUSION_PROOF", v02)
    yield Case("v0.3 with a promise alone", "INCLUSION_PROOF", signed(BundleKnobs(log=alone)))
    yield Case("the promise is not signed", "SET_INVALID", flipped(signed(), promise))
    other = read(signed(at=BOX.now.replace(second=40)), promise)
    yield Case("the promise of another entry", "SET_INVALID", edit(signed(), promise, other))
    moved = edit(signed(), ENTRY + "/logIndex", "7")
    yield Case("the promise is for another index", "SET_INVALID", moved)
    v2 = BundleKnobs(log=LogKnobs(version=2, proof=False))
    yield Case("a v2 entry without proof", "INCLUSION_PROOF", signed(v2))


def _several() -> Cases:
    """Several entries for one signature: each must hold."""
    first = signed_blob()
    entries = "/verificationMaterial/tlogEntries"
    second = read(signed_blob(BundleKnobs(log=LogKnobs(version=2))), ENTRY)
    both = [read(first, ENTRY), second]
    yield Case("two entries, of two logs", VERIFIED, edit(first, entries, both), blob=True)
    good = edit(first, entries, both)
    flawed = flipped(good, entries + "/1/inclusionProof/rootHash")
    yield Case("two entries, the second not proven", "INCLUSION_PROOF", flawed, blob=True)
    flawed = flipped(good, entries + "/0/inclusionProof/rootHash")
    yield Case("two entries, the first not proven", "INCLUSION_PROOF", flawed, blob=True)
    about = read(BOX.sign_blob(BLOB + b"!", knobs=BundleKnobs(log=LogKnobs(version=2))), ENTRY)
    flawed = edited(first, (entries, [both[0], about]))
    yield Case("two entries, one about another file", "TLOG_BINDING", flawed, blob=True)
    stranger = read(signed_blob(BundleKnobs(log=LogKnobs(log=OTHER_BOX.log))), ENTRY)
    flawed = edit(first, entries, [both[0], stranger])
    yield Case("two entries, one by a stranger's log", "TLOG_UNKNOWN", flawed, blob=True)
    twice = edit(first, entries, [both[0]] * 2)
    yield Case("the same entry twice", "BUNDLE_MALFORMED", twice, blob=True)
    many = [{**both[0], "logIndex": str(n)} for n in range(9)]
    yield Case("nine entries", "BUNDLE_MALFORMED", edit(first, entries, many), blob=True)
    yield Case("no entry", "TLOG_MISSING", signed_blob(tlog=False), blob=True)
