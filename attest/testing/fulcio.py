"""Signing certificates as Fulcio issues them: short-lived, naming a workload or a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from attest.signing.signature import PrivateKey, PublicKey
from attest.testing import ct, der
from attest.testing.authority import Authority, certificate_builder, key_usage
from attest.testing.keys import KeyType

CLAIMS = {
    "github_workflow_trigger": 2,
    "github_workflow_sha": 3,
    "github_workflow_name": 4,
    "github_workflow_repository": 5,
    "github_workflow_ref": 6,
    "build_signer_uri": 9,
    "build_signer_digest": 10,
    "runner_environment": 11,
    "source_repository_uri": 12,
    "source_repository_digest": 13,
    "source_repository_ref": 14,
    "source_repository_identifier": 15,
    "source_repository_owner_uri": 16,
    "source_repository_owner_identifier": 17,
    "build_config_uri": 18,
    "build_config_digest": 19,
    "build_trigger": 20,
    "run_invocation_uri": 21,
    "source_repository_visibility_at_signing": 22,
    "deployment_environment": 23,
    "token_subject": 24,
}
"""Each claim's last arc under 1.3.6.1.4.1.57264.1 (sigstore/fulcio, docs/oid-info.md)."""

LIFETIME = timedelta(minutes=10)

_ISSUER_V1, _ISSUER_V2 = 1, 8
_FIRST_DER_CLAIM = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateKnobs:
    """What may be unusual about a certificate.

    ``authority`` and ``ct_log`` sign in place of the box's own; ``sct_at`` is the time that the log
    promises, ``scts`` how many promises there are. ``names`` replace the name made of the identity.
    The issuer stands in both of Fulcio's extensions unless ``issuer_v1`` or ``issuer_v2`` is off;
    ``other_issuer`` stands in the first of them in its place.
    """

    authority: Authority | None = None
    ct_log: ct.CtLog | None = None
    scts: int = 1
    sct_at: datetime | None = None
    key_type: KeyType = KeyType.P256
    issuer_v1: bool = True
    issuer_v2: bool = True
    other_issuer: str | None = None
    names: tuple[x509.GeneralName, ...] = ()
    usages: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.CODE_SIGNING,)
    signs: bool = True


class Credential(NamedTuple):
    """A private key and the certificate that says whose it is."""

    key: PrivateKey
    certificate: x509.Certificate


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a certificate names: the subject's identity, the issuer that vouches, and claims."""

    identity: str
    issuer: str
    claims: Mapping[str, str]


def issue(
    holder: Holder,
    public: PublicKey,
    window: tuple[datetime, datetime],
    authority: Authority,
    ct_log: ct.CtLog,
    knobs: CertificateKnobs,
) -> x509.Certificate:
    """Return a certificate over ``public`` for ``holder``, valid in ``window``.

    The certificate authority and the log are the ones given, whatever ``knobs`` say of them.
    """
    builder = certificate_builder(x509.Name([]), public, authority, window)
    builder = builder.add_extension(key_usage(signs=knobs.signs), critical=True)
    if knobs.usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(knobs.usages), critical=False)
    names = knobs.names or (_general_name(holder.identity),)
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
    for extension in _claims(holder, knobs):
        builder = builder.add_extension(extension, critical=False)
    if knobs.scts:
        # RFC 6962 §3.2: the log signs the certificate as it is without this extension.
        tbs = authority.sign(builder).tbs_certificate_bytes
        when = knobs.sct_at or window[0]
        promise = ct_log.promise(tbs, authority.key.public_key(), when)
        builder = builder.add_extension(ct.extension(*[promise] * knobs.scts), critical=False)
    return authority.sign(builder)


def _general_name(identity: str) -> x509.GeneralName:
    if "@" in identity and "://" not in identity:
        return x509.RFC822Name(identity)
    return x509.UniformResourceIdentifier(identity)


def _claims(holder: Holder, knobs: CertificateKnobs) -> list[x509.UnrecognizedExtension]:
    unknown = set(holder.claims) - set(CLAIMS)
    if unknown:
        raise ValueError(f"unknown claims {sorted(unknown)}; known are {', '.join(CLAIMS)}")
    arcs = {CLAIMS[name]: value for name, value in holder.claims.items()}
    if knobs.issuer_v1:
        arcs[_ISSUER_V1] = knobs.other_issuer or holder.issuer
    if knobs.issuer_v2:
        arcs[_ISSUER_V2] = holder.issuer
    return [_extension(arc, arcs[arc]) for arc in sorted(arcs)]


def _extension(arc: int, value: str) -> x509.UnrecognizedExtension:
    # Fulcio's first extensions hold bare text, the later ones a DER UTF8String (oid-info.md).
    raw = der.utf8(value) if arc >= _FIRST_DER_CLAIM else value.encode("utf-8")
    return x509.UnrecognizedExtension(x509.ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{arc}"), raw)
