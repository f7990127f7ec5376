"""What a signing certificate says, and the certificates that cannot be read one way only."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import VerificationError
from attest.model.digest import Digest
from attest.signing.signature import public_der
from attest.testing import CLAIMS, IDENTITY, ISSUER, CertificateKnobs, KeyType
from attest.testing import der as writing
from attest.testing.authority import certificate_builder, der_of
from attest.testing.keys import derive
from attest.verify.certificate import CLAIM_NAMES, Leaf, read_leaf, refuse_roots
from attest.verify.fields import MalformedError
from tests.verify.setting import BOX, NOW

WINDOW = (NOW, NOW + timedelta(minutes=10))
FULCIO = "1.3.6.1.4.1.57264.1"


PLAIN = CertificateKnobs()


def _leaf(knobs: CertificateKnobs = PLAIN, claims: Mapping[str, str] | None = None) -> Leaf:
    return read_leaf(der_of(BOX.certificate(claims=claims, knobs=knobs).certificate))


def _with(*extensions: tuple[str, bytes]) -> bytes:
    """Return a certificate with raw extensions below Fulcio's arc."""
    builder = certificate_builder(
        x509.Name([]), derive("s", "k").public_key(), BOX.authority, WINDOW
    )
    for arc, raw in extensions:
        oid = x509.ObjectIdentifier(f"{FULCIO}.{arc}")
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, raw), critical=False)
    return der_of(BOX.authority.sign(builder))


def _refused(der: bytes, says: str, code: str = "CERTIFICATE_MALFORMED") -> None:
    with pytest.raises(VerificationError, match=says) as refusal:
        read_leaf(der)
    assert refusal.value.code == code
    assert refusal.value.exit_code == 4


def test_identity_issuer_and_claims() -> None:
    claims = {name: f"the value of {name}" for name in CLAIMS}
    leaf = _leaf(claims=claims)
    assert leaf.identity == IDENTITY
    assert leaf.issuer == ISSUER
    assert dict(leaf.claims) == claims
    assert leaf.signs_code
    assert len(leaf.scts) == 1
    assert (leaf.window.start, leaf.window.end) == WINDOW
    assert leaf.digest == Digest.of(leaf.der)


def test_the_claims_of_the_documentation() -> None:
    assert set(CLAIMS) | {"deployment_environment"} == CLAIM_NAMES
    assert read_leaf(_with(("23", writing.utf8("production")))).claims == {
        "deployment_environment": "production"
    }


def test_a_long_claim() -> None:
    for length in (127, 128, 255, 256, 70000):
        assert _leaf(claims={"build_signer_uri": "x" * length}).claims == {
            "build_signer_uri": "x" * length
        }


def test_either_issuer_extension_is_enough() -> None:
    assert _leaf(CertificateKnobs(issuer_v1=False)).issuer == ISSUER
    assert _leaf(CertificateKnobs(issuer_v2=False)).issuer == ISSUER
    assert _leaf(CertificateKnobs(issuer_v1=False, issuer_v2=False)).issuer is None


def test_two_issuers_are_one_too_many() -> None:
    _refused(
        _with(("1", b"https://a.test"), ("8", writing.utf8("https://b.test"))),
        "names issuer",
        "ISSUER_CONFLICT",
    )


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x0c",
        b"https://a.test",
        b"\x0c\x02a",
        b"\x0c\x01ab",
        b"\x0c\x81\x01a",
        b"\x0c\x82\x00\x80" + b"a" * 128,
        b"\x0c\x80a\0\0",
        b"\x0c\x02\xc3\x28",
        b"\x16\x01a",
    ],
)
def test_text_that_is_not_der(raw: bytes) -> None:
    for arc in ("8", "9"):
        _refused(_with((arc, raw)), "does not parse")


def test_raw_text_that_is_not_utf8() -> None:
    for arc in ("1", "2"):
        _refused(_with((arc, b"\xff")), "does not parse")


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        (x509.RFC822Name("a@corp.test"), "a@corp.test"),
        (x509.UniformResourceIdentifier("spiffe://corp.test/a"), "spiffe://corp.test/a"),
        (x509.OtherName(x509.ObjectIdentifier(f"{FULCIO}.7"), writing.utf8("a!corp")), "a!corp"),
        (x509.OtherName(x509.ObjectIdentifier("1.2.3.4"), writing.utf8("a!corp")), None),
        (x509.DNSName("corp.test"), None),
    ],
)
def test_the_kinds_of_name(name: x509.GeneralName, identity: str | None) -> None:
    assert _leaf(CertificateKnobs(names=(name,))).identity == identity


def test_two_names_are_one_too_many() -> None:
    names = (x509.RFC822Name("a@corp.test"), x509.RFC822Name("b@corp.test"))
    certificate = BOX.certificate(knobs=CertificateKnobs(names=names)).certificate
    _refused(der_of(certificate), "2 subjects")


def test_no_name_at_all() -> None:
    assert read_leaf(_with()).identity is None


@pytest.mark.parametrize(
    "knobs",
    [
        CertificateKnobs(signs=False),
        CertificateKnobs(usages=()),
        CertificateKnobs(usages=(ExtendedKeyUsageOID.CLIENT_AUTH,)),
    ],
)
def test_a_certificate_for_something_else(knobs: CertificateKnobs) -> None:
    assert not _leaf(knobs).signs_code


def test_a_weak_key() -> None:
    koblitz = x509.load_der_x509_certificate(_weak())
    _refused(der_of(koblitz), "curve secp256k1", "CERTIFICATE_USAGE")


def _weak() -> bytes:
    key = ec.derive_private_key(7, ec.SECP256K1())
    builder = certificate_builder(x509.Name([]), key.public_key(), BOX.authority, WINDOW)
    return der_of(BOX.authority.sign(builder))


def test_trailing_bytes() -> None:
    _refused(_with() + b"\0", "does not parse")


@pytest.mark.parametrize("kind", KeyType)
def test_every_kind_of_key(kind: KeyType) -> None:
    credential = BOX.certificate(knobs=CertificateKnobs(key_type=kind))
    expected = Digest.of(public_der(credential.key.public_key()))
    assert read_leaf(der_of(credential.certificate)).key.digest == expected


DER = der_of(BOX.certificate().certificate)


@given(st.integers(0, len(DER) - 1), st.binary(min_size=1, max_size=2))
@settings(derandomize=True, max_examples=300)
def test_only_refusals_escape(at: int, noise: bytes) -> None:
    with suppress(VerificationError):
        read_leaf(DER[:at] + noise + DER[at + len(noise) :])


def test_the_bounds_of_a_text() -> None:
    assert dict(read_leaf(_with(("23", writing.utf8("")))).claims) == {"deployment_environment": ""}
    for raw in (b"", b"\x0c"):
        _refused(_with(("23", raw)), "is not a DER UTF8String")
    _refused(_with(("23", b"\x0c\x80" + b"x" * 128)), "a length that is not DER")


def test_a_chain_may_not_bring_a_root() -> None:
    intermediate, root = (der_of(one) for one in BOX.authority.chain)
    refuse_roots([])
    refuse_roots([intermediate])
    with pytest.raises(MalformedError, match="holds a root"):
        refuse_roots([intermediate, root])
    with pytest.raises(MalformedError, match="does not parse"):
        refuse_roots([intermediate[:-1]])
