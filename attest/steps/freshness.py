"""Whether a policy bundle may still be used: its own expiry, and the version of the lock."""

from __future__ import annotations

from datetime import UTC, datetime

from attest.errors import DecodeError, VerificationError
from attest.model.policy import PolicyBundle
from attest.model.version import is_lower
from attest.plan import PolicySource


def check(bundle: PolicyBundle, source: PolicySource, at: datetime) -> None:
    """Raise POLICY_EXPIRED or POLICY_ROLLBACK for a bundle that is too old.

    Both are read from the manifest, whose bytes the signature covers.
    """
    where = str(source.source)
    expires = bundle.claims.expires
    if expires is not None and _moment(expires, where) <= at:
        message = f"the policy bundle expired at {expires}; it is {at.isoformat()}"
        raise VerificationError("POLICY_EXPIRED", message, where=where)
    if is_lower(bundle.claims.version, source.least_version):
        raise rollback(where, source.least_version, bundle.claims.version)


def rollback(where: str, expected: str | None, seen: str | None) -> VerificationError:
    """Make the refusal of a version that is lower than the locked one."""
    message = f"{where}: expected version {expected} or higher, as locked, seen {seen or 'none'}"
    return VerificationError("POLICY_ROLLBACK", message, where=where)


def _moment(text: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    message = f"the policy bundle states an expiry that is no RFC 3339 time: {text[:40]!r}"
    raise DecodeError("POLICY_BUNDLE_MALFORMED", message, where=where)
