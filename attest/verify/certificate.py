"""A signing certificate and what it says, read once and completely.

Extensions: sigstore/fulcio docs/oid-info.md. ``.1`` to ``.6`` are raw text, from ``.8`` on each is
a DER UTF8String. The issuer stands in ``.8``, and in ``.1`` in older certificates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.certificate_transparency import SignedCertificateTimestamp
from cryptography.x509.oid import ExtendedKeyUsageOID, PublicKeyAlgorithmOID

from attest.errors import VerificationError
from attest.model.digest import Digest
from attest.verify.fields import MalformedError
from attest.verify.keys import Key, WeakKeyError
from attest.verify.window import Window
from attest.verify.x509_load import load_certificate

FULCIO = "1.3.6.1.4.1.57264.1"
_USER_NAME = f"{FULCIO}.7"
_ISSUER, _ISSUER_V1 = f"{FULCIO}.8", f"{FULCIO}.1"
_RAW_CLAIMS = {
    f"{FULCIO}.2": "github_workflow_trigger",
    f"{FULCIO}.3": "github_workflow_sha",
    f"{FULCIO}.4": "github_workflow_name",
    f"{FULCIO}.5": "github_workflow_repository",
    f"{FULCIO}.6": "github_workflow_ref",
}
_CLAIMS = {
    f"{FULCIO}.9": "build_signer_uri",
    f"{FULCIO}.10": "build_signer_digest",
    f"{FULCIO}.11": "runner_environment",
    f"{FULCIO}.12": "source_repository_uri",
    f"{FULCIO}.13": "source_repository_digest",
    f"{FULCIO}.14": "source_repository_ref",
    f"{FULCIO}.15": "source_repository_identifier",
    f"{FULCIO}.16": "source_repository_owner_uri",
    f"{FULCIO}.17": "source_repository_owner_identifier",
    f"{FULCIO}.18": "build_config_uri",
    f"{FULCIO}.19": "build_config_digest",
    f"{FULCIO}.20": "build_trigger",
    f"{FULCIO}.21": "run_invocation_uri",
    f"{FULCIO}.22": "source_repository_visibility_at_signing",
    f"{FULCIO}.23": "deployment_environment",
    f"{FULCIO}.24": "token_subject",
}
CLAIM_NAMES = frozenset(_RAW_CLAIMS.values()) | frozenset(_CLAIMS.values())
"""The claims a signer may demand."""

_T = TypeVar("_T", bound=x509.ExtensionType)
_UTF8_STRING = 0x0C
_SHORT_FORM = 0x80


class Leaf(NamedTuple):
    """A signing certificate. ``identity`` is its one subject alternative name.

    ``identity`` is ``None`` when that name is of a kind that identifies nobody, a host name say.
    ``signs_code`` tells whether key usage and extended key usage both allow it.
    """

    certificate: x509.Certificate
    der: bytes
    key: Key
    window: Window
    identity: str | None
    issuer: str | None
    claims: Mapping[str, str]
    signs_code: bool
    scts: tuple[SignedCertificateTimestamp, ...]

    @property
    def digest(self) -> Digest:
        """The SHA-256 of the certificate."""
        return Digest.of(self.der)


def read_leaf(der: bytes) -> Leaf:
    """Read a signing certificate.

    Raise CERTIFICATE_MALFORMED, CERTIFICATE_USAGE or ISSUER_CONFLICT.
    """
    try:
        return _read(load_certificate(der), der)
    except VerificationError:
        raise
    except WeakKeyError as error:
        raise VerificationError(
            "CERTIFICATE_USAGE", f"the certificate's key: {error!s:.300}"
        ) from None
    except Exception as error:  # noqa: BLE001  # the X.509 reader names no closed set of errors
        raise VerificationError(
            "CERTIFICATE_MALFORMED", f"the signing certificate does not parse: {error!s:.300}"
        ) from None


def refuse_roots(chain: list[bytes]) -> None:
    """Raise `MalformedError` if a bundle brings a root (sigstore_bundle.proto: it MUST NOT)."""
    for der in chain:
        try:
            certificate = load_certificate(der)
            itself = certificate.issuer == certificate.subject
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise MalformedError(
                f"a certificate of the chain does not parse: {error!s:.300}"
            ) from None
        if itself:
            raise MalformedError("the certificate chain holds a root; a bundle may not bring one")


def _read(certificate: x509.Certificate, der: bytes) -> Leaf:
    if certificate.public_bytes(Encoding.DER) != der:
        raise ValueError("it is not in its canonical encoding")
    if certificate.public_key_algorithm_oid == PublicKeyAlgorithmOID.RSASSA_PSS:
        raise WeakKeyError("RSASSA-PSS is accepted of keys by themselves, not of a certificate's")
    extensions = certificate.extensions
    values = {
        extension.oid.dotted_string: extension.value.value
        for extension in extensions
        if isinstance(extension.value, x509.UnrecognizedExtension)
    }
    return Leaf(
        certificate=certificate,
        der=der,
        key=Key.of(certificate.public_key()),
        window=Window(certificate.not_valid_before_utc, certificate.not_valid_after_utc),
        identity=_identity(extensions),
        issuer=_issuer(values),
        claims=_claims(values),
        signs_code=_signs_code(extensions),
        scts=_scts(extensions),
    )


def _identity(extensions: x509.Extensions) -> str | None:
    names = list(_get(extensions, x509.SubjectAlternativeName) or ())
    if len(names) > 1:
        raise ValueError(f"it names {len(names)} subjects; a signer is one")
    for name in names:
        if isinstance(name, x509.RFC822Name | x509.UniformResourceIdentifier):
            return name.value
        if isinstance(name, x509.OtherName) and name.type_id.dotted_string == _USER_NAME:
            return _utf8_string(name.value)
    return None


def _issuer(values: Mapping[str, bytes]) -> str | None:
    new = _utf8_string(values[_ISSUER]) if _ISSUER in values else None
    old = values[_ISSUER_V1].decode("utf-8") if _ISSUER_V1 in values else None
    if new is not None and old is not None and new != old:
        raise VerificationError(
            "ISSUER_CONFLICT",
            f"extension .8 of the certificate names issuer {new!r:.200}, extension .1 {old!r:.200}",
        )
    return old if new is None else new


def _claims(values: Mapping[str, bytes]) -> dict[str, str]:
    raw = {name: values[oid].decode("utf-8") for oid, name in _RAW_CLAIMS.items() if oid in values}
    encoded = {name: _utf8_string(values[oid]) for oid, name in _CLAIMS.items() if oid in values}
    return raw | encoded


def _signs_code(extensions: x509.Extensions) -> bool:
    usage = _get(extensions, x509.KeyUsage)
    purposes = _get(extensions, x509.ExtendedKeyUsage) or ()
    signs = usage is not None and usage.digital_signature
    return signs and ExtendedKeyUsageOID.CODE_SIGNING in purposes


def _scts(extensions: x509.Extensions) -> tuple[SignedCertificateTimestamp, ...]:
    return tuple(_get(extensions, x509.PrecertificateSignedCertificateTimestamps) or ())


def _get(extensions: x509.Extensions, kind: type[_T]) -> _T | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _utf8_string(der: bytes) -> str:
    """Decode a DER UTF8String that fills ``der`` exactly (X.690 §8.1.3, §10.1)."""
    if len(der) < 2 or der[0] != _UTF8_STRING:  # noqa: PLR2004  # a tag and a length
        raise ValueError("an extension is not a DER UTF8String")
    length, start = der[1], 2
    if length >= _SHORT_FORM:
        start = 2 + length - _SHORT_FORM
        length = int.from_bytes(der[2:start], "big")
        minimal = (length.bit_length() + 7) // 8
        if length < _SHORT_FORM or minimal != start - 2:
            raise ValueError("an extension has a length that is not DER")
    if len(der) != start + length:
        raise ValueError("an extension is longer or shorter than it says")
    return der[start:].decode("utf-8")
