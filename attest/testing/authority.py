"""A certificate authority: a root, and an intermediate that issues leaves."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from attest.signing.signature import PrivateKey, PublicKey, hash_for, public_der
from attest.testing.keys import KeyType, derive


@dataclass(frozen=True, slots=True)
class Window:
    """A time range with both ends inside it; ``None`` is open."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate and the key behind it, the certificate of its issuer first in ``above``."""

    key: PrivateKey
    certificate: x509.Certificate
    above: tuple[x509.Certificate, ...] = ()

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The certificate and everything above it, root last."""
        return (self.certificate, *self.above)

    def sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        """Sign ``builder``'s certificate, with the same bytes each time."""
        return builder.sign(self.key, hash_for(self.key), ecdsa_deterministic=True)


def certificate_authority(seed: str, name: str, window: tuple[datetime, datetime]) -> Authority:
    """Return an intermediate under a root of its own, as Fulcio has."""
    root = _root(seed, f"{name} root", window, path_length=1)
    key = derive(seed, f"{name} intermediate", KeyType.P384)
    builder = (
        certificate_builder(_name(f"{name} intermediate"), key.public_key(), root, window)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(signs=False, issues=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
    )
    return Authority(key, root.sign(builder), root.chain)


def timestamp_authority(seed: str, name: str, window: tuple[datetime, datetime]) -> Authority:
    """Return the leaf of a time-stamping authority under a root of its own (RFC 3161 §2.3)."""
    root = _root(seed, f"{name} root", window, path_length=0)
    key = derive(seed, name)
    builder = (
        certificate_builder(_name(name), key.public_key(), root, window)
        .add_extension(key_usage(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    )
    return Authority(key, root.sign(builder), root.chain)


def certificate_builder(
    subject: x509.Name,
    public: PublicKey,
    issuer: Authority,
    window: tuple[datetime, datetime],
) -> x509.CertificateBuilder:
    """Return a certificate below ``issuer`` with all but its purpose.

    The serial number follows from the contents: there is no counter whose state could matter.
    """
    start, end = window
    seen = f"{subject.rfc4514_string()}\0{start}\0{end}".encode() + public_der(public)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject)
        .public_key(public)
        .serial_number(serial_of(seen))
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()),
            critical=False,
        )
    )


def key_usage(*, signs: bool = True, issues: bool = False) -> x509.KeyUsage:
    """Return a key usage: a leaf signs data, an authority issues certificates."""
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=not (signs or issues),
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=issues,
        crl_sign=issues,
        encipher_only=False,
        decipher_only=False,
    )


def serial_of(content: bytes) -> int:
    """Return a positive serial number of at most 127 bits that ``content`` decides."""
    return int.from_bytes(hashlib.sha256(content).digest()[:16], "big") >> 1 or 1


def der_of(certificate: x509.Certificate) -> bytes:
    """Return the certificate's DER."""
    return certificate.public_bytes(serialization.Encoding.DER)


def years_around(now: datetime) -> tuple[datetime, datetime]:
    """Return the window of every authority in the box: a year before ``now``, ten years after."""
    return now - timedelta(days=365), now + timedelta(days=3650)


def _root(
    seed: str, name: str, window: tuple[datetime, datetime], *, path_length: int
) -> Authority:
    key = derive(seed, name, KeyType.P384)
    public = key.public_key()
    start, end = window
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name(name))
        .public_key(public)
        .serial_number(serial_of(public_der(public)))
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(key_usage(signs=False, issues=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )
    return Authority(key, builder.sign(key, hash_for(key), ecdsa_deterministic=True))


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "attest.test"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )
