"""A TUF repository of our own, made with python-tuf's metadata API, on loopback."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # no __all__
from tuf.api.metadata import (  # type: ignore[attr-defined]  # no __all__
    Key,
    Metadata,
    MetaFile,
    Root,
    Signed,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from tests.fetch.server import Server

LATER = datetime(2099, 1, 1, tzinfo=UTC)
PAST = datetime(2020, 1, 1, tzinfo=UTC)
ROLES = ("root", "timestamp", "snapshot", "targets")


class TufRepository:
    """One key for each role. ``publish`` writes and serves a new version of everything but root."""

    def __init__(self, server: Server, path: str = "/tuf") -> None:
        self._server = server
        self._path = path
        self.signers = {role: CryptoSigner.generate_ed25519() for role in ROLES}
        self.version = 0
        self.root = Root(version=1, expires=LATER, consistent_snapshot=True)
        for role, signer in self.signers.items():
            self.root.add_key(_public(signer), role)
        self.initial = self.publish_root(self.signers["root"])

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"http://{self._server.netloc}{self._path}"

    def publish_root(self, *signers: CryptoSigner) -> bytes:
        """Serve ``root`` as it is now under its version, signed by ``signers``."""
        return self.serve(f"{self.root.version}.root", _signed(self.root, *signers))

    def rotate(self, *also: CryptoSigner) -> bytes:
        """Replace the root key by a new one; the new root is signed by both, and by ``also``."""
        old, new = self.signers["root"], CryptoSigner.generate_ed25519()
        self.root.revoke_key(_public(old).keyid, "root")
        self.root.add_key(_public(new), "root")
        self.root.version += 1
        self.signers["root"] = new
        return self.publish_root(old, new, *also)

    def publish(
        self,
        targets: Mapping[str, bytes],
        *,
        version: int | None = None,
        expires: datetime = LATER,
        timestamp_by: CryptoSigner | None = None,
    ) -> None:
        """Serve ``targets`` and metadata of the next version, or of ``version``."""
        self.version = self.version + 1 if version is None else version
        number = self.version
        listed = {name: TargetFile.from_data(name, data) for name, data in targets.items()}
        self._metadata(f"{number}.targets", Targets(number, expires=LATER, targets=listed))
        snapshot = Snapshot(number, expires=LATER, meta={"targets.json": MetaFile(number)})
        self._metadata(f"{number}.snapshot", snapshot)
        stamp = Timestamp(number, expires=expires, snapshot_meta=MetaFile(number))
        self.serve("timestamp", _signed(stamp, timestamp_by or self.signers["timestamp"]))
        for name, data in targets.items():
            digest = listed[name].hashes["sha256"]
            self._route(f"/targets/{digest}.{name}", data)

    def serve(self, name: str, content: bytes) -> bytes:
        """Serve the metadata file ``name`` and return its bytes."""
        self._route(f"/{name}.json", content)
        return content

    def _metadata(self, name: str, signed: Signed) -> None:
        role = name.rpartition(".")[2]
        self.serve(name, _signed(signed, self.signers[role]))

    def _route(self, path: str, content: bytes) -> None:
        self._server.serve(self._path + path, content)


def _public(signer: CryptoSigner) -> Key:
    return signer.public_key


def _signed(signed: Signed, *signers: CryptoSigner) -> bytes:
    metadata: Metadata[Any] = Metadata(signed)
    for signer in signers:
        metadata.sign(signer, append=True)
    return metadata.to_bytes(JSONSerializer())
