"""A Sigstore trust root: whom to believe, and when (sigstore_trustroot.proto).

The loader is our own, because others refuse the current media type, unknown members and roots
without logs, and drop the windows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from attest.errors import UsageError
from attest.model import strict_json
from attest.model.digest import Digest
from attest.model.frozen import frozen
from attest.verify.fields import Field, MalformedError
from attest.verify.keys import Key, load_der
from attest.verify.window import Window, parse_time
from attest.verify.x509_load import load_certificate

MAX_BYTES = 4 * 1024 * 1024
MAX_AUTHORITIES = 128
MAX_CHAIN = 8
_HINT = 4
"""Bytes of a signed note's key hint (C2SP signed-note)."""

MEDIA_TYPES = (
    "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    "application/vnd.dev.sigstore.trustedroot.v0.1+json",
    "application/vnd.dev.sigstore.trustedroot.v0.2+json",
)

_T = TypeVar("_T")


@frozen
class Log:
    """A transparency or certificate-transparency log. ``origin`` is its URL without the scheme.

    ``hint`` is what its checkpoints call its key: the first bytes of its id, unless it has an id
    of its own for them (sigstore_trustroot.proto, ``checkpoint_key_id``).
    """

    id: bytes
    key: Key
    window: Window
    origin: str
    hint: bytes


class Authority(NamedTuple):
    """A certificate or timestamp authority: its chain, root last, and when it is trusted.

    ``digests`` are the SHA-256 of every certificate of the chain, and of every key in it.
    """

    name: str
    chain: tuple[x509.Certificate, ...]
    window: Window
    digests: tuple[Digest, ...]


class TrustRoot(NamedTuple):
    """A parsed trust root; ``digest`` is the SHA-256 of the bytes it was parsed from."""

    name: str
    digest: Digest
    logs: Mapping[bytes, Log]
    ct_logs: Mapping[bytes, Log]
    authorities: tuple[Authority, ...]
    timestamp_authorities: tuple[Authority, ...]


def parse_root(name: str, content: bytes) -> TrustRoot:
    """Parse a ``trusted_root.json``; raise `UsageError` ROOT_MALFORMED.

    Unknown members are ignored. A log or authority that does not parse, has no window or stands
    there twice makes the whole root void.
    """
    try:
        if len(content) > MAX_BYTES:
            raise MalformedError(f"it has {len(content)} bytes; {MAX_BYTES} are allowed")
        return _read(name, content)
    except ValueError as error:
        raise UsageError(
            "ROOT_MALFORMED", f"trust root {name!r}: {error!s:.300}", where=f"trust.roots.{name}"
        ) from None


def _read(name: str, content: bytes) -> TrustRoot:
    document = Field(strict_json.parse(content))
    media_type = document["mediaType"].text()
    if media_type not in MEDIA_TYPES:
        known = ", ".join(MEDIA_TYPES)
        raise MalformedError(f"the media type is {media_type[:100]!r}; expected one of {known}")
    root = TrustRoot(
        name=name,
        digest=Digest.of(content),
        logs=_logs(document, "tlogs"),
        ct_logs=_logs(document, "ctlogs"),
        authorities=_list(document, "certificateAuthorities", _authority),
        timestamp_authorities=_list(document, "timestampAuthorities", _authority),
    )
    if not (root.logs or root.authorities or root.timestamp_authorities):
        raise MalformedError("it names no log and no authority, so nothing could be proven by it")
    return root


def _list(document: Field, name: str, read: Callable[[Field], _T]) -> tuple[_T, ...]:
    return tuple(read(item) for item in document.each(name, limit=MAX_AUTHORITIES))


def _logs(document: Field, name: str) -> dict[bytes, Log]:
    logs = _list(document, name, _log)
    by_id = {log.id: log for log in logs}
    if len(by_id) != len(logs):
        raise MalformedError(f"{name} has two logs with the same key id")
    return by_id


def _log(item: Field) -> Log:
    public = item["publicKey"]
    try:
        details = public.find("keyDetails")
        key = load_der(public["rawBytes"].base64())
        key = key if details is None else key.declared(details.text())
    except ValueError as error:
        raise MalformedError(f"{item.path}.publicKey: {error!s:.300}") from None
    log_id = item["logId"]["keyId"].base64()
    own = item.find("checkpointKeyId")
    hint = (log_id if own is None else own["keyId"].base64())[:_HINT]
    if len(log_id) < _HINT or len(hint) < _HINT:
        raise MalformedError(f"{item.path}.logId.keyId, or its checkpointKeyId, is too short")
    origin = item["baseUrl"].text().partition("://")[2].rstrip("/")
    if not origin:
        raise MalformedError(f"{item.path}.baseUrl is not a URL")
    return Log(log_id, key, _window(public), origin, hint)


def _authority(item: Field) -> Authority:
    chain = item["certChain"].each("certificates", limit=MAX_CHAIN)
    if not chain:
        raise MalformedError(f"{item.path}.certChain is empty")
    certificates, digests = [], []
    for one in chain:
        certificate, key = _certificate(one)
        certificates.append(certificate)
        digests += [Digest.of(certificate.public_bytes(Encoding.DER)), key.digest]
    return Authority(_title(item), tuple(certificates), _window(item), tuple(digests))


def _certificate(item: Field) -> tuple[x509.Certificate, Key]:
    try:
        certificate = load_certificate(item["rawBytes"].base64())
        return certificate, Key.of(certificate.public_key())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise MalformedError(f"{item.path}: {error!s:.300}") from None


def _title(item: Field) -> str:
    uri, subject = item.find("uri"), item.find("subject")
    if uri is not None and uri.text():
        return uri.text().partition("://")[2] or uri.text()
    return "" if subject is None else subject["commonName"].text()


def _window(item: Field) -> Window:
    valid = item["validFor"]
    start, last = parse_time(valid["start"].text()), valid.find("end")
    end = None if last is None else parse_time(last.text())
    if end is not None and end < start:
        raise MalformedError(f"{valid.path} ends before it starts")
    return Window(start, end)
