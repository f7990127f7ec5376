"""What a trust root says, as a table: whom it believes, by which key, and when."""

from __future__ import annotations

from typing import NamedTuple

from cryptography.hazmat.primitives.serialization import Encoding

from attest.model.digest import Digest
from attest.verify.keys import Key
from attest.verify.root import Authority, Log, TrustRoot
from attest.verify.window import Window


class Link(NamedTuple):
    """A certificate of an authority; ``digest`` and ``key`` are what a plan may revoke."""

    subject: str
    digest: Digest
    key: Digest
    window: Window


class Row(NamedTuple):
    """An authority or log: its kind, its name, its key, and when the root believes it.

    ``key`` is the SHA-256 of the public key; an authority's is that of its first certificate.
    ``chain`` is empty for logs.
    """

    kind: str
    name: str
    algorithm: str
    key: Digest
    window: Window
    chain: tuple[Link, ...] = ()


def overview(root: TrustRoot) -> tuple[Row, ...]:
    """Return every authority and log of ``root``, in the order in which it lists them."""
    return (
        *(_authority("certificates", one) for one in root.authorities),
        *(_log("log", one) for one in root.logs.values()),
        *(_log("ct log", one) for one in root.ct_logs.values()),
        *(_authority("timestamps", one) for one in root.timestamp_authorities),
    )


def _log(kind: str, log: Log) -> Row:
    return Row(kind, log.origin, log.key.algorithm, log.key.digest, log.window)


def _authority(kind: str, authority: Authority) -> Row:
    keys = [Key.of(one.public_key()) for one in authority.chain]
    chain = tuple(
        Link(
            one.subject.rfc4514_string(),
            Digest.of(one.public_bytes(Encoding.DER)),
            key.digest,
            Window(one.not_valid_before_utc, one.not_valid_after_utc),
        )
        for one, key in zip(authority.chain, keys, strict=True)
    )
    name = authority.name or chain[0].subject
    return Row(kind, name, keys[0].algorithm, keys[0].digest, authority.window, chain)
