"""Certificates, keys and signatures: whose they are, what they may do, and over what."""

from __future__ import annotations

from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from attest.signing.bundle import b64
from attest.testing import (
    IDENTITY,
    ISSUER,
    BundleKnobs,
    CertificateKnobs,
    KeyType,
    edit,
    read,
    remove,
)
from attest.testing.authority import der_of
from tests.conformance.corpus.case import (
    V01,
    VERIFIED,
    Case,
    Cases,
    flipped,
    signed,
    signed_blob,
)
from tests.verify.setting import BLOB, BOX, OTHER_BOX

CERTIFICATE = "/verificationMaterial/certificate/rawBytes"
CHAIN = "/verificationMaterial/x509CertificateChain/certificates"
SIG, MESSAGE = "/dsseEnvelope/signatures/0/sig", "/messageSignature/signature"


def cases() -> Cases:
    """Yield certificates, chains, names, keys, then signatures."""
    yield from _certificates()
    yield from _chains()
    yield from _names()
    yield from _managed()
    yield from _signatures()


def _with(**knobs: Any) -> bytes:
    return signed(BundleKnobs(certificate=CertificateKnobs(**knobs)))


def _certificates() -> Cases:
    usage = "CERTIFICATE_USAGE"
    for kind in (KeyType.P256, KeyType.P384, KeyType.P521, KeyType.RSA2048, KeyType.ED25519):
        knobs = BundleKnobs(certificate=CertificateKnobs(key_type=kind))
        yield Case(f"statement by a certificate with {kind.value}", VERIFIED, signed(knobs))
        yield Case(
            f"file by a certificate with {kind.value}", VERIFIED, signed_blob(knobs), blob=True
        )
    yield Case("not for signatures", usage, _with(signs=False))
    yield Case("for no purpose", usage, _with(usages=()))
    yield Case("for servers", usage, _with(usages=(ExtendedKeyUsageOID.SERVER_AUTH,)))
    yield Case(
        "for any purpose", usage, _with(usages=(ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,))
    )
    both = (ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION)
    yield Case("for code and mail", VERIFIED, _with(usages=both))
    yield Case("not on record", "SCT_MISSING", _with(scts=0))
    yield Case("on a stranger's record", "SCT_INVALID", _with(ct_log=OTHER_BOX.ct_log))
    yield Case("on record twice", VERIFIED, _with(scts=2))
    stranger = _with(authority=OTHER_BOX.authority)
    yield Case("by a stranger's authority", "CERTIFICATE_CHAIN", stranger)
    broken = flipped(signed(), CERTIFICATE)
    yield Case("the certificate's signature is another", "TLOG_BINDING", broken)
    other = read(signed(at=BOX.now.replace(second=40)), CERTIFICATE)
    yield Case("another certificate", "SIGNATURE_INVALID", edit(signed(), CERTIFICATE, other))
    trailing = edit(signed(), CERTIFICATE, b64(der_of(BOX.certificate().certificate) + b"\0"))
    yield Case("a certificate and a byte", "CERTIFICATE_MALFORMED", trailing)
    yield Case(
        "no certificate at all", "CERTIFICATE_MALFORMED", edit(signed(), CERTIFICATE, "AAAA")
    )


def _chains() -> Cases:
    """Before v0.3 a chain came along; what is in it is trusted as little as the rest."""
    old = signed(BundleKnobs(media_type=V01))
    leaf = read(old, CHAIN)
    above = [{"rawBytes": b64(der_of(one))} for one in BOX.authority.chain]
    yield Case("a chain of the leaf alone", VERIFIED, old)
    yield Case("a chain to the intermediate", VERIFIED, edit(old, CHAIN, [*leaf, above[0]]))
    malformed = "BUNDLE_MALFORMED"
    yield Case("a chain with the root", malformed, edit(old, CHAIN, [*leaf, *above]))
    yield Case("an empty chain", malformed, edit(old, CHAIN, []))
    yield Case("a chain without its leaf", "SIGNATURE_INVALID", edit(old, CHAIN, [above[0]]))
    many = [*leaf, *[above[0]] * 16]
    yield Case("a chain of seventeen", malformed, edit(old, CHAIN, many))
    new = edit(remove(signed(), "/verificationMaterial/certificate"), CHAIN.rpartition("/")[0], {
        "certificates": leaf
    })  # fmt: skip
    yield Case("a chain in a v0.3 bundle", malformed, new)
    stranger = BundleKnobs(
        media_type=V01, certificate=CertificateKnobs(authority=OTHER_BOX.authority)
    )
    brought = signed(stranger)
    theirs = [{"rawBytes": b64(der_of(one))} for one in OTHER_BOX.authority.chain[:1]]
    told = edit(brought, CHAIN, [*read(brought, CHAIN), *theirs])
    yield Case("a chain to a stranger's authority", "CERTIFICATE_CHAIN", told)


def _names() -> Cases:
    uri = x509.UniformResourceIdentifier
    identity = "IDENTITY_MISMATCH"
    for name, seen in {
        "longer by a letter": IDENTITY + "x",
        "shorter by a letter": IDENTITY[:-1],
        "in upper case": IDENTITY.upper(),
        "another repository": IDENTITY.replace("/app/", "/app2/"),
    }.items():
        yield Case(f"an identity {name}", identity, signed(identity=seen))
    yield Case("an identity as a mail address", identity, signed(identity="a@example.test"))
    yield Case("an identity as a host", identity, _with(names=(x509.DNSName("example.test"),)))
    issuer = "ISSUER_MISMATCH"
    yield Case("an issuer with a slash at its end", issuer, signed(issuer=ISSUER + "/"))
    yield Case("another issuer", issuer, signed(issuer="https://accounts.example.test"))
    yield Case("no issuer", issuer, _with(issuer_v1=False, issuer_v2=False))
    yield Case("the issuer in the new extension alone", VERIFIED, _with(issuer_v1=False))
    yield Case("the issuer in the old extension alone", VERIFIED, _with(issuer_v2=False))
    conflict = _with(other_issuer="https://evil.example.test")
    yield Case("two issuers", "ISSUER_CONFLICT", conflict)
    two = (uri(IDENTITY), uri("https://evil.example.test"))
    yield Case("two identities", "CERTIFICATE_MALFORMED", _with(names=two))


def _managed() -> Cases:
    for kind in KeyType:
        pair = BOX.key_pair("release", kind)
        request: dict[str, Any] = {"key": pair, "timestamp": False, "tlog": False}
        yield Case(f"statement by key {kind.value}", VERIFIED, signed(**request), key=pair)
        yield Case(
            f"file by key {kind.value}", VERIFIED, signed_blob(**request), blob=True, key=pair
        )
    pair, other = BOX.key_pair("release"), BOX.key_pair("other")
    logged = signed_blob(key=pair, timestamp=False)
    yield Case("a key, and the log", VERIFIED, logged, blob=True, key=pair)
    yield Case("another key", "SIGNATURE_INVALID", logged, blob=True, key=other)
    renamed = edit(signed_blob(key=other, tlog=False, timestamp=False),
                   "/verificationMaterial", read(logged, "/verificationMaterial"))  # fmt: skip
    yield Case("the right hint and another key", "SIGNATURE_INVALID", renamed, blob=True, key=pair)
    for kind in (KeyType.P384, KeyType.RSA2048, KeyType.ED25519):
        confused = signed_blob(key=BOX.key_pair("release", kind), tlog=False, timestamp=False)
        name = f"a key of another kind than that of the signature: {kind.value}"
        yield Case(name, "SIGNATURE_INVALID", confused, blob=True, key=pair)
    yield Case("a certificate where a key is asked for", "KEY_MISMATCH", signed(), key=pair)
    yield Case("a key where a certificate is asked for", "KEY_MISMATCH", logged, blob=True)


def _signatures() -> Cases:
    invalid = "SIGNATURE_INVALID"
    yield Case("the signature is another", invalid, flipped(signed(), SIG))
    yield Case(
        "the file's signature is another", invalid, flipped(signed_blob(), MESSAGE), blob=True
    )
    other = read(BOX.sign_blob(b"another"), MESSAGE)
    yield Case(
        "the signature over another file", invalid, edit(signed_blob(), MESSAGE, other), blob=True
    )
    about = BOX.sign_blob(BLOB + b"!")
    yield Case("another file", "DIGEST_MISMATCH", about, blob=True)
    digest = read(signed_blob(), "/messageSignature/messageDigest/digest")
    lied = edit(about, "/messageSignature/messageDigest/digest", digest)
    yield Case("another file under this file's digest", invalid, lied, blob=True)
