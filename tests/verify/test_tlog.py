"""Inclusion proofs, checkpoints and promises."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import VerificationError
from attest.signing.signature import sign
from attest.testing import BundleKnobs, LogKnobs, merkle
from attest.testing.log import checkpoint
from attest.verify.bundle import Entry, Proof, parse_bundle
from attest.verify.root import Log, parse_root
from attest.verify.tlog import (
    MAX_CHECKPOINT,
    MAX_NOTE_SIGNATURES,
    check_checkpoint,
    check_inclusion,
    check_promise,
)
from tests.verify.setting import BLOB, BOX, NOW, OTHER_BOX, ROOT

LOG = parse_root("box", ROOT).logs[BOX.log.key_id]
LOG_V2 = parse_root("box", ROOT).logs[BOX.log_v2.key_id]


def _entry(knobs: LogKnobs | None = None) -> tuple[Entry, Proof, str]:
    log = knobs or LogKnobs()
    entry = parse_bundle(BOX.sign_blob(BLOB, knobs=BundleKnobs(log=log))).entries[0]
    assert entry.proof is not None
    assert entry.proof.checkpoint is not None
    return entry, entry.proof, entry.proof.checkpoint


ENTRY, PROOF, NOTE = _entry()


def _not_included(entry: Entry, proof: Proof) -> str:
    with pytest.raises(VerificationError) as refusal:
        check_inclusion(entry, proof)
    assert refusal.value.code == "INCLUSION_PROOF"
    return refusal.value.message


def _no_checkpoint(note: str, proof: Proof = PROOF, log: Log = LOG) -> str:
    with pytest.raises(VerificationError) as refusal:
        check_checkpoint(note, proof, log)
    assert refusal.value.code == "CHECKPOINT"
    return refusal.value.message


@given(st.integers(1, 20), st.data())
@settings(derandomize=True, max_examples=60)
def test_every_leaf_of_every_small_tree(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    bodies = [bytes([n]) for n in range(size)]
    leaves = [merkle.leaf(body) for body in bodies]
    proof = Proof(index, size, merkle.root(leaves), tuple(merkle.path(index, leaves)), None)
    entry = replace(ENTRY, body=bodies[index])
    check_inclusion(entry, proof)
    _not_included(replace(entry, body=b"\xff"), proof)
    _not_included(entry, replace(proof, root=hashlib.sha256(b"x").digest()))
    if size > 1:
        _not_included(entry, replace(proof, index=(index + 1) % size))
        _not_included(entry, replace(proof, hashes=proof.hashes[:-1]))
    _not_included(entry, replace(proof, hashes=(*proof.hashes, bytes(32))))


def test_the_bounds_of_a_proof() -> None:
    assert "not below" in _not_included(ENTRY, replace(PROOF, index=PROOF.size))
    assert "not below" in _not_included(ENTRY, replace(PROOF, index=0, size=0))
    assert "SHA-256" in _not_included(ENTRY, replace(PROOF, root=PROOF.root[:-1]))
    assert "SHA-256" in _not_included(ENTRY, replace(PROOF, hashes=(b"", *PROOF.hashes[1:])))
    assert "hashes; expected" in _not_included(ENTRY, replace(PROOF, size=2**62))


def test_a_checkpoint() -> None:
    check_checkpoint(NOTE, PROOF, LOG)
    _, proof, note = _entry(LogKnobs(version=2))
    check_checkpoint(note, proof, LOG_V2)


def test_size_root_and_origin_must_all_agree() -> None:
    _, proof, note = _entry(LogKnobs(tree_size=PROOF.size + 1))
    assert "its size is" in _no_checkpoint(note, proof)
    assert "its root hash is" in _no_checkpoint(NOTE, replace(PROOF, root=bytes(32)))
    for origin in ("other.test", "rekor.attest.test.evil", "rekor.attest.test-42", ""):
        _, proof, note = _entry(LogKnobs(origin=origin or "\n"))
        assert _no_checkpoint(note, proof)


def test_another_log() -> None:
    _, proof, note = _entry(LogKnobs(log=OTHER_BOX.log))
    assert "key hint" in _no_checkpoint(note, proof)
    assert "its origin is" in _no_checkpoint(NOTE, PROOF, LOG_V2)
    forged = replace(LOG, key=LOG_V2.key)
    assert "does not verify" in _no_checkpoint(NOTE, PROOF, forged)


def test_the_hint_is_the_one_that_the_root_states() -> None:
    """A log may call the key of its checkpoints otherwise than itself (``checkpoint_key_id``)."""
    other = replace(LOG, hint=b"\0\1\2\3")
    assert "the key hint 00010203" in _no_checkpoint(NOTE, PROOF, other)
    head, signature = NOTE.split("\n\n")
    name, blob = signature.removesuffix("\n").rsplit(" ", 1)
    renamed = base64.b64encode(other.hint + base64.b64decode(blob)[4:]).decode()
    check_checkpoint(f"{head}\n\n{name} {renamed}\n", PROOF, other)
    _no_checkpoint(f"{head}\n\n{name} {renamed}\n")


def test_the_name_on_the_signature_is_the_logs() -> None:
    assert "there is none by" in _no_checkpoint(NOTE.replace("\u2014 rekor", "\u2014 other"))


def test_witnesses_are_passed_over() -> None:
    witness = f"\u2014 witness.test {base64.b64encode(bytes(68)).decode()}\n"
    head, signature = NOTE.split("\n\n")
    check_checkpoint(f"{head}\n\n{witness}{signature}", PROOF, LOG)
    check_checkpoint(f"{head}\n\n{signature}{witness}", PROOF, LOG)
    bad = f"\u2014 {LOG.origin} {base64.b64encode(LOG.id[:4] + bytes(64)).decode()}\n"
    check_checkpoint(f"{head}\n\n{bad}{signature}", PROOF, LOG)
    assert "does not verify" in _no_checkpoint(f"{head}\n\n{bad}")
    most = witness * (MAX_NOTE_SIGNATURES - 1)
    check_checkpoint(f"{head}\n\n{most}{signature}", PROOF, LOG)
    assert "are allowed" in _no_checkpoint(f"{head}\n\n{most}{witness}{signature}")


@pytest.mark.parametrize(
    "change",
    [
        ("\n\n", "\n"),
        ("\n\n", "\n\n\n\n"),
        (f"\n{PROOF.size}\n", f"\n0{PROOF.size}\n"),
        (f"\n{PROOF.size}\n", "\n-1\n"),
        (f"\n{PROOF.size}\n", "\n"),
        ("\u2014 ", "- "),
        ("\u2014 ", "\u2014  "),
    ],
)
def test_what_is_no_checkpoint(change: tuple[str, str]) -> None:
    _no_checkpoint(NOTE.replace(*change))


def _signed(text: str) -> str:
    """Return a note over ``text``, with a signature by the log that is right."""
    signature = LOG.hint + sign(BOX.log.key, text.encode())
    return f"{text}\n\u2014 {LOG.origin} {base64.b64encode(signature).decode()}\n"


def test_what_the_log_itself_would_sign_is_refused_too() -> None:
    origin, size, root = NOTE.partition("\n\n")[0].split("\n")
    check_checkpoint(_signed(f"{origin}\n{size}\n{root}\n"), PROOF, LOG)
    assert "does not state" in _no_checkpoint(_signed(f"{origin}\n{size}\n"))
    assert "does not state" in _no_checkpoint(_signed(f"{origin}\n+{size}\n{root}\n"))
    assert "signed note" in _no_checkpoint(_signed(f"{origin}\n{size}\n{root}\n\nmore\n"))


def test_a_note_is_bounded() -> None:
    head, _, _ = NOTE.partition("\n\n")
    short = f"{NOTE}\u2014 w AAAAAA==\n"
    long = short.replace(" w ", f" {'w' * (MAX_CHECKPOINT - len(short) + 1)} ")
    assert len(long) == MAX_CHECKPOINT
    check_checkpoint(long, PROOF, LOG)
    assert "signed note" in _no_checkpoint(long.replace(" w", " ww"))
    assert "not base64" in _no_checkpoint(f"{head}\n\n\u2014 {LOG.origin} Q\n")


def test_an_extension_line_is_covered() -> None:
    head = base64.b64decode(NOTE.split("\n")[2])
    note = checkpoint(BOX.log, PROOF.size, head, origin=BOX.log.origin)
    assert "does not verify" in _no_checkpoint(note.replace("\n\n", "\nTimestamp: 1\n\n"))


def test_a_promise() -> None:
    assert ENTRY.promise is not None
    assert check_promise(ENTRY, ENTRY.promise, LOG) == NOW
    later = parse_bundle(
        BOX.sign_blob(BLOB, knobs=BundleKnobs(log=LogKnobs(at=NOW + timedelta(hours=1))))
    ).entries[0]
    assert later.promise is not None
    assert check_promise(later, later.promise, LOG) == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    "forged",
    [
        replace(ENTRY, integrated_at=ENTRY.integrated_at + 1),
        replace(ENTRY, index=ENTRY.index + 1),
        replace(ENTRY, log_id=BOX.log_v2.key_id),
        replace(ENTRY, body=ENTRY.body + b" "),
    ],
)
def test_a_promise_covers_four_things(forged: Entry) -> None:
    assert forged.promise is not None
    with pytest.raises(VerificationError) as refusal:
        check_promise(forged, forged.promise, LOG)
    assert refusal.value.code == "SET_INVALID"


@given(st.integers(0, len(NOTE) - 1), st.text(max_size=2))
@settings(derandomize=True, max_examples=200)
def test_a_changed_note_is_refused(at: int, noise: str) -> None:
    changed = NOTE[:at] + noise + NOTE[at + len(noise) :]
    if changed != NOTE:
        _no_checkpoint(changed)
