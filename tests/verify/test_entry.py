"""Log entries: each must be about this content, this signature and this key."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import VerificationError
from attest.model.digest import Digest
from attest.signing.bundle import b64, canonical
from attest.signing.signature import public_pem
from attest.testing import BundleKnobs, KeyType, LogKnobs
from attest.testing.authority import der_of
from attest.verify.bundle import Entry, Envelope, parse_bundle
from attest.verify.entry import Claim, check_entry
from attest.verify.envelope import Signed, pae
from attest.verify.keys import Key
from tests.verify.setting import BLOB, BOX, OTHER_BOX, STATEMENT

PAIR = BOX.key_pair("release")
STRANGER = OTHER_BOX.certificate().certificate
_PEM = Encoding.PEM
HEX = Digest.of(b"something else").value
RAW = base64.b64encode(bytes.fromhex(HEX)).decode()
OTHER_PEM = b64(public_pem(OTHER_BOX.key_pair("x").private.public_key()))
OTHER_CERTIFICATE = b64(der_of(STRANGER))
OTHER_CERTIFICATE_PEM = b64(STRANGER.public_bytes(_PEM))
V1, V2 = LogKnobs(version=1), LogKnobs(version=2)


def _case(
    *, statement: bool = False, managed: bool = False, log: LogKnobs = V1
) -> tuple[Entry, Claim]:
    key = PAIR if managed else None
    knobs = BundleKnobs(log=log)
    if statement:
        bundle = parse_bundle(BOX.sign_statement(STATEMENT, key=key, knobs=knobs))
    else:
        bundle = parse_bundle(BOX.sign_blob(BLOB, key=key, knobs=knobs))
    body = bundle.content
    envelope = body if isinstance(body, Envelope) else None
    message = BLOB if envelope is None else pae(envelope.payload_type, envelope.payload)
    used = Key.of(PAIR.private.public_key()) if bundle.leaf is None else bundle.leaf.key
    claim = Claim(bundle.signature, Signed.of(message), envelope, used, bundle.leaf)
    return bundle.entries[0], claim


def _with_body(entry: Entry, body: object) -> Entry:
    raw = body if isinstance(body, bytes) else canonical(body)
    return Entry(entry.log_id, entry.index, 0, "", raw, None, None)


def _refused(entry: Entry, claim: Claim) -> str:
    with pytest.raises(VerificationError) as refusal:
        check_entry(entry, claim)
    assert refusal.value.code == "TLOG_BINDING"
    return refusal.value.message


@pytest.mark.parametrize("managed", [False, True])
@pytest.mark.parametrize(
    ("statement", "log", "kind"),
    [
        (False, V1, "hashedrekord 0.0.1"),
        (False, V2, "hashedrekord 0.0.2"),
        (True, V1, "dsse 0.0.1"),
        (True, V2, "hashedrekord 0.0.2"),
    ],
)
def test_an_entry_about_this(*, statement: bool, log: LogKnobs, managed: bool, kind: str) -> None:
    assert check_entry(*_case(statement=statement, log=log, managed=managed)) == kind


@pytest.mark.parametrize(("log", "path"), [(V1, "0.0.1"), (V2, "0.0.2")])
def test_an_entry_about_another_message(log: LogKnobs, path: str) -> None:
    entry, claim = _case(log=log)
    other = Claim(claim.signature, Signed.of(b"another"), None, claim.key, claim.leaf)
    assert "it is about sha256:" in _refused(entry, other)
    by_digest = Claim(claim.signature, Signed.of(Digest.of(b"x")), None, claim.key, claim.leaf)
    assert "it is about sha256:" in _refused(entry, by_digest)


@pytest.mark.parametrize("log", [V1, V2])
@pytest.mark.parametrize("statement", [False, True])
def test_an_entry_about_another_signature_or_key(*, log: LogKnobs, statement: bool) -> None:
    entry, claim = _case(log=log, statement=statement)
    signed, envelope, key, leaf = claim.signed, claim.envelope, claim.key, claim.leaf
    again = Claim(claim.signature + b"\0", signed, envelope, key, leaf)
    assert "another signature" in _refused(entry, again)
    bare = Claim(claim.signature, signed, envelope, key, None)
    assert "is missing" in _refused(entry, bare) or "another key" in _refused(entry, bare)
    _, stranger = _case(log=log, statement=statement, managed=True)
    theirs = Claim(claim.signature, signed, envelope, stranger.key, None)
    _refused(entry, theirs)


Edit = Callable[[dict[str, Any]], object]

EDITS: list[tuple[bool, bool, LogKnobs, Edit]] = [
    (False, False, V1, lambda b: b.update(kind="dsse")),
    (False, False, V1, lambda b: b.update(apiVersion="0.0.9")),
    (False, False, V1, lambda b: b["spec"]["data"]["hash"].update(value=HEX)),
    (False, False, V1, lambda b: b["spec"]["data"]["hash"].update(algorithm="sha512")),
    (False, False, V1, lambda b: b["spec"]["data"]["hash"].update(value=HEX.upper())),
    (False, False, V1, lambda b: b["spec"]["signature"].update(content="QUJD")),
    (False, False, V1, lambda b: b["spec"]["signature"]["publicKey"].update(content=OTHER_PEM)),
    (False, True, V1, lambda b: b["spec"]["signature"]["publicKey"].update(content=OTHER_PEM)),
    (False, True, V1, lambda b: b["spec"]["signature"]["publicKey"].update(content="QUJD")),
    (False, False, V2, lambda b: b["spec"]["hashedRekordV002"]["data"].update(digest=RAW)),
    (False, False, V2, lambda b: b["spec"]["hashedRekordV002"]["data"].update(algorithm="SHA1")),
    (False, False, V2, lambda b: _v2(b).update(content="QUJD")),
    (
        False,
        False,
        V2,
        lambda b: _v2(b)["verifier"]["x509Certificate"].update(rawBytes=OTHER_CERTIFICATE),
    ),
    (False, True, V2, lambda b: _v2(b)["verifier"]["publicKey"].update(rawBytes="QUJD")),
    (True, False, V1, lambda b: b["spec"]["payloadHash"].update(value=HEX)),
    (True, False, V1, lambda b: b["spec"].update(signatures=[])),
    (True, False, V1, lambda b: b["spec"].update(signatures=b["spec"]["signatures"] * 2)),
    (True, False, V1, lambda b: b["spec"]["signatures"][0].update(signature="QUJD")),
    (True, False, V1, lambda b: b["spec"]["signatures"][0].update(verifier=OTHER_PEM)),
    (True, False, V2, lambda b: b["spec"]["hashedRekordV002"]["data"].update(digest=RAW)),
    (True, False, V2, lambda b: b.pop("spec")),
]


def _v2(body: dict[str, Any]) -> dict[str, Any]:
    signature: dict[str, Any] = body["spec"]["hashedRekordV002"]["signature"]
    return signature


@pytest.mark.parametrize(("statement", "managed", "log", "edit"), EDITS)
def test_the_log_vouches_for_something_else(
    *, statement: bool, managed: bool, log: LogKnobs, edit: Edit
) -> None:
    knobs = LogKnobs(version=log.version, edit_body=edit)
    entry, claim = _case(statement=statement, managed=managed, log=knobs)
    _refused(entry, claim)


def test_a_v1_file_entry_is_not_about_an_envelope() -> None:
    entry, _ = _case()
    _, claim = _case(statement=True)
    assert "the bundle holds an envelope" in _refused(entry, claim)
    entry, _ = _case(statement=True)
    _, claim = _case()
    assert "the bundle signs a file" in _refused(entry, claim)


def test_the_bundle_may_not_rename_the_kind() -> None:
    entry, claim = _case()
    renamed = Entry(entry.log_id, 0, 0, "dsse 0.0.1", entry.body, None, None)
    assert "the bundle says 'dsse 0.0.1'" in _refused(renamed, claim)


def _intoto(claim: Claim, **changes: Any) -> dict[str, Any]:
    """Return Rekor's intoto 0.0.2 entry, whose signature is base64 of base64."""
    assert claim.envelope is not None
    assert claim.leaf is not None
    pem = claim.leaf.certificate.public_bytes(_PEM)
    parts: dict[str, Any] = {
        "sig": b64(base64.b64encode(claim.signature)),
        "key": b64(pem),
        "type": claim.envelope.payload_type,
        "hash": Digest.of(claim.envelope.payload).value,
    } | changes
    signature = {"sig": parts["sig"], "publicKey": parts["key"]}
    envelope = {"payloadType": parts["type"], "signatures": [signature]}
    payload_hash = {"algorithm": "sha256", "value": parts["hash"]}
    content = {"envelope": envelope, "payloadHash": payload_hash}
    return {"kind": "intoto", "apiVersion": "0.0.2", "spec": {"content": content}}


def test_intoto_entries() -> None:
    entry, claim = _case(statement=True)
    assert check_entry(_with_body(entry, _intoto(claim)), claim) == "intoto 0.0.2"
    for changes in (
        {"sig": b64(claim.signature)},
        {"sig": b64(b"QUJD")},
        {"key": OTHER_PEM},
        {"type": "text/plain"},
        {"hash": HEX},
    ):
        _refused(_with_body(entry, _intoto(claim, **changes)), claim)
    file_entry, file_claim = _case()
    _refused(_with_body(file_entry, _intoto(claim)), file_claim)


def _intoto_v1(claim: Claim, raw: bytes, **changes: Any) -> dict[str, Any]:
    """Return Rekor's intoto 0.0.1 entry, which covers the envelope as it was uploaded."""
    assert claim.envelope is not None
    assert claim.leaf is not None
    content: dict[str, Any] = {
        "hash": {"algorithm": "sha256", "value": Digest.of(raw).value},
        "payloadHash": {"algorithm": "sha256", "value": Digest.of(claim.envelope.payload).value},
    } | changes
    pem = b64(claim.leaf.certificate.public_bytes(_PEM))
    spec = {"content": content, "publicKey": changes.pop("publicKey", pem)}
    content.pop("publicKey", None)
    return {"kind": "intoto", "apiVersion": "0.0.1", "spec": spec}


def test_older_intoto_entries() -> None:
    entry, claim = _case(statement=True)
    raw = b"the envelope as it was uploaded"
    at_hand = claim._replace(raw=raw)
    good = _with_body(entry, _intoto_v1(claim, raw))
    assert check_entry(good, at_hand) == "intoto 0.0.1"
    assert "are not at hand" in _refused(good, claim)
    other = {"algorithm": "sha256", "value": HEX}
    for changes in ({"hash": other}, {"payloadHash": other}, {"publicKey": OTHER_CERTIFICATE_PEM}):
        _refused(_with_body(entry, _intoto_v1(claim, raw, **changes)), at_hand)
    without = _with_body(entry, _intoto_v1(claim, raw, payloadHash=None))
    assert check_entry(without, at_hand) == "intoto 0.0.1"


def test_what_the_log_holds_in_place_of_the_certificate() -> None:
    """The key of the certificate, or another certificate, is not the certificate."""
    entry, claim = _case()
    assert claim.leaf is not None
    key = b64(public_pem(BOX.certificate().key.public_key()))
    body = json.loads(entry.body)
    for held in (key, OTHER_CERTIFICATE_PEM):
        body["spec"]["signature"]["publicKey"]["content"] = held
        assert "another key or certificate" in _refused(_with_body(entry, body), claim)
    managed, by_key = _case(managed=True)
    body = json.loads(managed.body)
    body["spec"]["signature"]["publicKey"]["content"] = OTHER_CERTIFICATE_PEM
    assert "another key or certificate" in _refused(_with_body(managed, body), by_key)


def test_the_digest_of_the_log_is_told_with_that_of_the_bundle() -> None:
    entry, claim = _case()
    body = json.loads(entry.body)
    body["spec"]["data"]["hash"]["value"] = HEX
    said = _refused(_with_body(entry, body), claim)
    assert f"it is about sha256:{HEX}; the bundle is about {Digest.of(BLOB)}" in said
    known = claim._replace(signed=Signed.of(Digest.of(BLOB, "sha512")))
    assert "the bundle is about another digest" in _refused(_with_body(entry, body), known)


def test_a_hash_that_is_not_read() -> None:
    entry, claim = _case(log=V2)
    body = json.loads(entry.body)
    body["spec"]["hashedRekordV002"]["data"]["algorithm"] = "SHA1"
    assert "algorithm is not supported" in _refused(_with_body(entry, body), claim)


def _dsse_v2(claim: Claim, **changes: Any) -> dict[str, Any]:
    assert claim.envelope is not None
    assert claim.leaf is not None
    digest = bytes.fromhex(Digest.of(claim.envelope.payload).value)
    parts = {
        "hash": b64(digest),
        "sig": b64(claim.signature),
        "key": b64(claim.leaf.der),
    } | changes
    signature = {
        "content": parts["sig"],
        "verifier": {"x509Certificate": {"rawBytes": parts["key"]}},
    }
    payload_hash = {"algorithm": "SHA2_256", "digest": parts["hash"]}
    record = {"payloadHash": payload_hash, "signatures": [signature]}
    return {"kind": "dsse", "apiVersion": "0.0.2", "spec": {"dsseV002": record}}


def test_dsse_v2_entries() -> None:
    entry, claim = _case(statement=True)
    assert check_entry(_with_body(entry, _dsse_v2(claim)), claim) == "dsse 0.0.2"
    for changes in ({"sig": "QUJD"}, {"hash": RAW}, {"key": OTHER_CERTIFICATE}):
        _refused(_with_body(entry, _dsse_v2(claim, **changes)), claim)


@pytest.mark.parametrize("kind", [KeyType.P384, KeyType.P521, KeyType.ED25519, KeyType.RSA2048])
@pytest.mark.parametrize("version", [1, 2])
def test_every_kind_of_key(kind: KeyType, version: int) -> None:
    pair = BOX.key_pair("release", kind)
    knobs = BundleKnobs(log=LogKnobs(version=version))
    bundle = parse_bundle(BOX.sign_blob(BLOB, key=pair, knobs=knobs))
    key = Key.of(pair.private.public_key())
    claim = Claim(bundle.signature, Signed.of(BLOB), None, key, None)
    assert check_entry(bundle.entries[0], claim)


ENTRY, CLAIM = _case(statement=True)


@given(st.integers(0, len(ENTRY.body) - 1), st.binary(max_size=3))
@settings(derandomize=True, max_examples=200)
def test_a_changed_body_is_refused_or_says_the_same(at: int, noise: bytes) -> None:
    body = ENTRY.body[:at] + noise + ENTRY.body[at + len(noise) :]
    try:
        check_entry(_with_body(ENTRY, body), CLAIM)
    except VerificationError as refusal:
        assert refusal.code == "TLOG_BINDING"  # noqa: PT017  # either way is fine, this is the point
