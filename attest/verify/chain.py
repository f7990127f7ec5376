"""Who vouches for a signing certificate, asked again for every proven time of signing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
)
from cryptography.x509.verification import (
    VerificationError as PathError,
)

from attest.errors import VerificationError
from attest.model.digest import Digest
from attest.verify.certificate import Leaf
from attest.verify.root import Authority, TrustRoot
from attest.verify.window import Window, rfc3339

_GITHUB = "GitHub, Inc."

_MOST_PROVEN = 1024
PROVEN: set[tuple[Digest, ...]] = set()
"""Chains of authorities, by their digests, that have led from a leaf to their root before."""


def find_issuer(leaf: Leaf, root: TrustRoot, times: Sequence[datetime]) -> Authority:
    """Return the authority of ``root`` that issued ``leaf``, trusted at every one of ``times``.

    Raise CERTIFICATE_EXPIRED, CERTIFICATE_CHAIN, CA_WINDOW or CERTIFICATE_USAGE. The windows
    compared are the leaf's, the trust root's for the authority, and each certificate's above it.
    """
    for time in times:
        if time not in leaf.window:
            raise VerificationError(
                "CERTIFICATE_EXPIRED",
                f"the certificate is valid {leaf.window}; the signature was made {rfc3339(time)}",
            )
    named = [one for one in root.authorities if one.chain[0].subject == leaf.certificate.issuer]
    authorities = [_at(named, leaf, root, time) for time in times]
    if not leaf.signs_code:
        raise VerificationError(
            "CERTIFICATE_USAGE", "the certificate is not one for digital signatures over code"
        )
    return authorities[0]


def _at(named: Sequence[Authority], leaf: Leaf, root: TrustRoot, time: datetime) -> Authority:
    problem = "no authority is trusted"
    for authority in named:
        if _trusted(authority, time):
            try:
                _verify_path(authority, leaf, time)
            except PathError as error:
                problem = str(error)
            else:
                return authority
    issuers = [authority for authority in named if _issued(authority, leaf)]
    if not issuers:
        raise _unknown_issuer(leaf, root)
    if any(_trusted(authority, time) for authority in issuers):
        raise VerificationError(
            "CERTIFICATE_CHAIN", f"the certificate chain is not valid: {problem}"
        )
    windows = "; ".join(str(authority.window) for authority in issuers)
    raise VerificationError(
        "CA_WINDOW",
        f"the certificate authority is trusted {windows}, or one of its certificates is not valid;"
        f" the signature was made {rfc3339(time)}",
    )


def _issued(authority: Authority, leaf: Leaf) -> bool:
    try:
        leaf.certificate.verify_directly_issued_by(authority.chain[0])
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _trusted(authority: Authority, time: datetime) -> bool:
    return time in authority.window and all(
        time in Window(one.not_valid_before_utc, one.not_valid_after_utc) for one in authority.chain
    )


def _verify_path(authority: Authority, leaf: Leaf, time: datetime) -> None:
    """Validate the path (RFC 5280 §6.1). Only the last of the authority's chain is an anchor."""
    for certificate in authority.chain[:-1]:
        if not _may_issue_for_code(certificate):
            raise PathError("an intermediate may not issue certificates for code signing")
    # What holds between the authority's own certificates holds for every leaf and at every time in
    # their windows, which `_trusted` compares: it is not worked out again for each leaf.
    known = authority.digests in PROVEN
    chain = authority.chain[:1] if known else authority.chain
    verifier = (
        PolicyBuilder()
        .store(Store([chain[-1]]))
        .time(time)
        .extension_policies(
            ca_policy=_any_purpose(ExtensionPolicy.webpki_defaults_ca()),
            ee_policy=_any_purpose(ExtensionPolicy.webpki_defaults_ee()),
        )
        .build_client_verifier()
    )
    path = verifier.verify(leaf.certificate, list(chain[:-1])).chain
    if len(path) != len(chain) + 1:
        raise PathError("the path does not go through the whole chain of the authority")
    if not known and len(PROVEN) < _MOST_PROVEN and not _constrains_names(authority):
        PROVEN.add(authority.digests)


def _constrains_names(authority: Authority) -> bool:
    """Tell whether an authority limits the names below it: then each leaf needs the whole path."""
    return any(
        extension.oid == ExtensionOID.NAME_CONSTRAINTS
        for certificate in authority.chain
        for extension in certificate.extensions
    )


def _any_purpose(policy: ExtensionPolicy) -> ExtensionPolicy:
    """Lift the default demand for TLS client purposes; code signing is checked beside it."""
    return policy.may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, None)


def _may_issue_for_code(certificate: x509.Certificate) -> bool:
    try:
        purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    except ValueError:
        return False
    return (
        ExtendedKeyUsageOID.CODE_SIGNING in purposes
        or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in purposes
    )


def _unknown_issuer(leaf: Leaf, root: TrustRoot) -> VerificationError:
    issuer = leaf.certificate.issuer.rfc4514_string()
    hint = ""
    if _GITHUB in issuer.replace("\\", ""):
        hint = "GitHub's own instance issued it: use the built-in trust root `github`."
    return VerificationError(
        "CERTIFICATE_CHAIN",
        f"the certificate was issued by {issuer!r:.300}, which is no authority of trust root"
        f" {root.name!r}",
        hint=hint,
    )
