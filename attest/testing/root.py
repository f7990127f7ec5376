"""trusted_root.json: the public half of the box (sigstore_trustroot.proto)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from attest.signing.bundle import b64, canonical
from attest.signing.signature import PrivateKey, public_der
from attest.testing.authority import Authority, Window, der_of
from attest.testing.ct import CtLog
from attest.testing.entries import key_details
from attest.testing.log import TransparencyLog

MEDIA_TYPE = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class RootKnobs:
    """What may be unusual about a trust root.

    The windows are those of the whole authority or log (``validFor``); ``None`` is the box's own.
    ``omit`` names top-level lists to leave empty: ``tlogs``, ``certificateAuthorities``,
    ``ctlogs``, ``timestampAuthorities``. ``name`` is the certificate authority's.
    """

    certificate_authority: Window | None = None
    log: Window | None = None
    ct_log: Window | None = None
    timestamp_authority: Window | None = None
    omit: frozenset[str] = frozenset()
    name: str = "attest.test"


@dataclass(frozen=True, slots=True)
class Members:
    """All the authorities of one private Sigstore, and the window they share."""

    authority: Authority
    ct_log: CtLog
    logs: tuple[TransparencyLog, ...]
    timestamp_authority: Authority
    window: Window


def write(members: Members, knobs: RootKnobs) -> bytes:
    """Return the trust root as canonical JSON."""
    own = members.window
    lists: dict[str, list[dict[str, Any]]] = {
        "tlogs": [
            _log(f"https://{log.name}", log.key, log.key_id, knobs.log or own)
            for log in members.logs
        ],
        "certificateAuthorities": [
            _authority(
                "https://fulcio.attest.test",
                knobs.name,
                members.authority,
                knobs.certificate_authority or own,
            )
        ],
        "ctlogs": [
            _log(
                "https://ct.attest.test",
                members.ct_log.key,
                members.ct_log.key_id,
                knobs.ct_log or own,
            )
        ],
        "timestampAuthorities": [
            _authority(
                "https://tsa.attest.test",
                knobs.name,
                members.timestamp_authority,
                knobs.timestamp_authority or own,
            )
        ],
    }
    unknown = knobs.omit - set(lists)
    if unknown:
        raise ValueError(f"cannot omit {sorted(unknown)}; known are {', '.join(lists)}")
    kept = {name: [] if name in knobs.omit else entries for name, entries in lists.items()}
    return canonical({"mediaType": MEDIA_TYPE, **kept})


def _log(url: str, key: PrivateKey, key_id: bytes, window: Window) -> dict[str, Any]:
    return {
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": b64(public_der(key.public_key())),
            "keyDetails": key_details(key),
            "validFor": _valid_for(window),
        },
        "logId": {"keyId": b64(key_id)},
    }


def _authority(url: str, name: str, authority: Authority, window: Window) -> dict[str, Any]:
    return {
        "subject": {"organization": "attest.test", "commonName": name},
        "uri": url,
        "certChain": {
            "certificates": [{"rawBytes": b64(der_of(each))} for each in authority.chain]
        },
        "validFor": _valid_for(window),
    }


def _valid_for(window: Window) -> dict[str, str]:
    ends = {"start": window.start, "end": window.end}
    return {name: _rfc3339(when) for name, when in ends.items() if when is not None}


def _rfc3339(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
