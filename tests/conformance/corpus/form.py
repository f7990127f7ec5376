"""Envelopes and encodings: what is signed is what is read, in one way only."""

from __future__ import annotations

import json
from collections.abc import Callable

from attest.signing.bundle import b64
from attest.testing import edit, read, remove, statement
from tests.conformance.corpus.case import (
    ENTRY,
    PREDICATE,
    STAMPS,
    STATEMENT,
    V01,
    VERIFIED,
    Case,
    Cases,
    compact,
    signed,
    signed_blob,
)
from tests.verify.setting import BLOB, BOX

ENVELOPE, DIGEST = "/dsseEnvelope", "/messageSignature/messageDigest"
SIGNATURES, PAYLOAD = f"{ENVELOPE}/signatures", f"{ENVELOPE}/payload"
MALFORMED = "BUNDLE_MALFORMED"


def cases() -> Cases:
    """Yield envelopes, statements, digests, JSON, base64, then counts."""
    yield from _envelopes()
    yield from _statements()
    yield from _digests()
    yield from _json()
    yield from _encodings()
    yield from _counts()


def _envelopes() -> Cases:
    bundle = signed()
    yield Case("an envelope", VERIFIED, bundle)
    (one,) = read(bundle, SIGNATURES)
    yield Case("the same signature twice", MALFORMED, edit(bundle, SIGNATURES, [one, one]))
    other = {"sig": b64(b"another")}
    yield Case("a second signature", MALFORMED, edit(bundle, SIGNATURES, [one, other]))
    yield Case("no signature", MALFORMED, edit(bundle, SIGNATURES, []))
    yield Case("an empty signature", MALFORMED, edit(bundle, SIGNATURES + "/0/sig", ""))
    hint = edit(bundle, SIGNATURES, [{**one, "keyid": "somebody else"}])
    yield Case("a key id of somebody else", VERIFIED, hint)
    kind = edit(bundle, f"{ENVELOPE}/payloadType", "application/json")
    yield Case("the payload type is another than was signed", "SIGNATURE_INVALID", kind)
    payload = STATEMENT + b" "
    yield Case(
        "a space after the payload", "SIGNATURE_INVALID", edit(bundle, PAYLOAD, b64(payload))
    )
    wrapped = b64(json.dumps(json.loads(STATEMENT), indent=1).encode())
    yield Case("the payload is laid out anew", "SIGNATURE_INVALID", edit(bundle, PAYLOAD, wrapped))
    url_safe = _url_safe(_odd_statement(), PAYLOAD)
    yield Case("the payload in URL-safe base64", VERIFIED, url_safe)
    both = edit(bundle, "/messageSignature", read(signed_blob(), "/messageSignature"))
    yield Case("an envelope and a file's signature", MALFORMED, both)
    yield Case("neither of the two", MALFORMED, remove(bundle, ENVELOPE))


def _odd_statement() -> bytes:
    """Return a bundle whose payload has characters that the two alphabets of base64 differ in."""
    said = statement({"app": BLOB}, PREDICATE, {"answer": "\u00ff\u00fe?>\u07ff" * 3})
    return BOX.sign_statement(said)


def _url_safe(bundle: bytes, pointer: str) -> bytes:
    text: str = read(bundle, pointer)
    changed = text.replace("+", "-").replace("/", "_")
    assert changed != text
    return edit(bundle, pointer, changed)


def _statements() -> Cases:
    def said(payload: bytes, kind: str = "application/vnd.in-toto+json") -> bytes:
        return BOX.sign_statement(payload, payload_type=kind)

    other = statement({"app": b"another"}, PREDICATE, {})
    yield Case("a statement about another file", "SUBJECT_MISMATCH", said(other))
    many = statement({"other": b"another", "app": BLOB}, PREDICATE, {})
    yield Case("a statement about two files", VERIFIED, said(many))
    yield Case("another payload type", "PAYLOAD_TYPE", said(STATEMENT, "text/plain"))
    yield Case("a payload that is no JSON", "JSON_INVALID", said(b"statement"))
    twice = STATEMENT.replace(b'{"_type"', b'{"predicateType":"x","_type"')
    yield Case("a statement with a key twice", "JSON_INVALID", said(twice))
    untyped = compact({**json.loads(STATEMENT), "_type": "https://in-toto.io/Statement/v9"})
    yield Case("a statement of another version", "STATEMENT_SHAPE", said(untyped))
    upper = json.loads(STATEMENT)
    upper["subject"][0]["digest"]["sha256"] = upper["subject"][0]["digest"]["sha256"].upper()
    yield Case("a subject in upper-case hex", "SUBJECT_DIGEST", said(compact(upper)))


def _digests() -> Cases:
    bundle = signed_blob()
    yield Case("a file", VERIFIED, bundle, blob=True)
    unknown = edit(bundle, DIGEST + "/algorithm", "SHA1")
    yield Case("the digest is of a weak algorithm", MALFORMED, unknown, blob=True)
    confused = edit(bundle, DIGEST + "/algorithm", "SHA2_512")
    yield Case("the digest is called by another algorithm", MALFORMED, confused, blob=True)
    other = edit(bundle, DIGEST + "/digest", b64(bytes(32)))
    yield Case("the digest is another", "DIGEST_MISMATCH", other, blob=True)
    yield Case("no digest", VERIFIED, remove(bundle, DIGEST), blob=True)


def _json() -> Cases:
    bundle = signed()
    changes: dict[str, Callable[[bytes], bytes]] = {
        "a key twice": lambda text: text.replace(b"{", b'{"mediaType":"x",', 1),
        "a byte-order mark": lambda text: b"\xef\xbb\xbf" + text,
        "UTF-16": lambda text: text.decode().encode("utf-16"),
        "a second document": lambda text: text + text,
        "NaN": lambda text: text.replace(b"{", b'{"novel":NaN,', 1),
        "a lone surrogate": lambda text: text.replace(b"{", b'{"novel":"\\ud800",', 1),
        "ten thousand brackets": lambda text: text.replace(b"{", b'{"novel":' + b"[" * 10_000, 1),
        "half of it": lambda text: text[: len(text) // 2],
    }
    for name, change in changes.items():
        yield Case(f"JSON: {name}", MALFORMED, change(bundle))
    yield Case("JSON: space around it", VERIFIED, b" \n" + bundle + b"\n")
    yield Case("a member that nobody knows", VERIFIED, edit(bundle, "/novel", {"a": 1}))
    kind = edit(bundle, "/mediaType", "application/vnd.dev.sigstore.bundle.v0.4+json")
    yield Case("a version that nobody knows", "BUNDLE_TYPE", kind)
    yield Case("no version", MALFORMED, remove(bundle, "/mediaType"))
    old = edit(bundle, "/mediaType", V01)
    yield Case("a v0.3 bundle that is called v0.1", VERIFIED, old)


def _encodings() -> Cases:
    bundle = signed()
    sig = SIGNATURES + "/0/sig"
    text: str = read(bundle, sig)
    yield Case("base64: a line break", MALFORMED, edit(bundle, sig, text[:8] + "\n" + text[8:]))
    yield Case("base64: without padding", MALFORMED, _unpadded(bundle))
    yield Case("base64: a letter too many", MALFORMED, edit(bundle, sig, text + "A"))
    for name, value in {"-1": "-1", "1.0": 1.0, "1e0": "1e0", "2^63": str(2**63)}.items():
        moved = edit(bundle, ENTRY + "/logIndex", value)
        yield Case(f"a number: {name}", MALFORMED, moved)
    number = int(read(bundle, ENTRY + "/logIndex"))
    yield Case("a number that is one", VERIFIED, edit(bundle, ENTRY + "/logIndex", number))


def _unpadded(bundle: bytes) -> bytes:
    pointer = "/verificationMaterial/tlogEntries/0/logId/keyId"
    return edit(bundle, pointer, str(read(bundle, pointer)).rstrip("="))


def _counts() -> Cases:
    bundle = signed()
    stamp = read(bundle, STAMPS + "/0")
    stamps = [{"signedTimestamp": b64(bytes([n]) * 40)} for n in range(32)]
    yield Case("33 timestamps", MALFORMED, edit(bundle, STAMPS, [stamp, *stamps]))
    proof = ENTRY + "/inclusionProof/hashes"
    yield Case("65 hashes", MALFORMED, edit(bundle, proof, [b64(bytes(32))] * 65))
    yield Case("64 hashes", "INCLUSION_PROOF", edit(bundle, proof, [b64(bytes(32))] * 64))
    size = edit(bundle, ENTRY + "/inclusionProof/treeSize", str(2**63 - 1))
    yield Case("a tree of 2^63 - 1", "INCLUSION_PROOF", size)
    late = edit(bundle, ENTRY + "/integratedTime", str(2**62))
    yield Case("a time in the year 10000 and later", MALFORMED, late)
