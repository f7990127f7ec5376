"""An OCI layout in a folder, new or existing, that manifests are added to."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from attest.errors import FetchError, UsageError
from attest.fetch import FetchLimits
from attest.fetch.layout import VERSION, LayoutSource
from attest.fetch.manifest import INDEX, REF_NAME, Descriptor
from attest.model import strict_json
from attest.model.artifact import Reference
from attest.model.digest import Digest

_MARKER = "oci-layout"
_NEW = ".attest-new-"


class LayoutTarget:
    """Adds to the layout in ``folder``, which is made if need be; a folder of anything else is not.

    Content comes into place whole, by renaming, and ``index.json`` last, so that a layout is sound
    at every moment. Raises OUTPUT_UNWRITABLE, WRITE_FAILED for a full disk, LAYOUT_MALFORMED.
    """

    def __init__(self, folder: Path, limits: FetchLimits) -> None:
        self.folder = folder
        with written(folder):
            folder.mkdir(parents=True, exist_ok=True)
            if (folder / _MARKER).exists():
                LayoutSource(Reference("oci-layout", str(folder)), limits)
                return
            if any(folder.iterdir()):
                message = f"{folder} holds something that is not an OCI layout"
                raise UsageError("OUTPUT_EXISTS", message, hint="Name a new or empty folder.")
            self._place("index.json", _index([]))
            self._place(_MARKER, json.dumps({"imageLayoutVersion": VERSION}).encode())

    def has(self, descriptor: Descriptor) -> bool:
        """Tell whether a blob is there; what a damaged layout holds is written again."""
        try:
            path = self._path(descriptor.digest)
            if path.stat().st_size != descriptor.size:
                return False
            with path.open("rb") as file:
                seen = hashlib.file_digest(file, descriptor.digest.algorithm).hexdigest()
        except OSError:
            return False
        return seen == descriptor.digest.value

    def blob(self, descriptor: Descriptor, file: BinaryIO) -> None:
        """Write a blob."""
        file.seek(0)
        with written(self.folder):
            name = str(self._path(descriptor.digest).relative_to(self.folder))
            self._place(name, lambda out: shutil.copyfileobj(file, out, 1 << 20))

    def manifest(
        self, content: bytes, media_type: str, tag: str | None = None, *, child: bool = False
    ) -> None:
        """Write a manifest and list it in ``index.json``, under ``tag`` if there is one.

        A ``child`` is listed by the index that it belongs to.
        """
        digest = Digest.of(content)
        document = strict_json.parse(content)
        entry: dict[str, Any] = {
            "mediaType": media_type,
            "digest": str(digest),
            "size": len(content),
        }
        if document.get("artifactType"):
            entry["artifactType"] = document["artifactType"]
        with written(self.folder):
            self._place(str(self._path(digest).relative_to(self.folder)), content)
            if child:
                return
            with self._alone():
                self._place("index.json", _index(_with(self._entries(), entry, tag)))

    def _entries(self) -> list[dict[str, Any]]:
        try:
            entries = strict_json.parse((self.folder / "index.json").read_bytes())["manifests"]
            if all(isinstance(each, dict) for each in entries):
                return list(entries)
        except (ValueError, KeyError, TypeError):
            pass
        raise FetchError("LAYOUT_MALFORMED", f"{self.folder}: index.json is not an image index")

    def _path(self, digest: Digest) -> Path:
        return self.folder / "blobs" / digest.algorithm / digest.value

    def _place(self, name: str, content: bytes | Callable[[BinaryIO], object]) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=_NEW, delete=False) as file:
            try:
                if isinstance(content, bytes):
                    file.write(content)
                else:
                    content(file)  # type: ignore[arg-type]  # a wrapper with all of its methods
                file.flush()
                os.fsync(file.fileno())
                os.fchmod(file.fileno(), 0o644)
                Path(file.name).replace(path)
            except BaseException:
                with contextlib.suppress(OSError):
                    Path(file.name).unlink()
                raise

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time change ``index.json``."""
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _with(
    entries: list[dict[str, Any]], entry: dict[str, Any], tag: str | None
) -> list[dict[str, Any]]:
    """Return ``entries`` with one more, which alone has ``tag``."""
    kept = []
    for each in entries:
        annotations = dict(each.get("annotations") or {})
        if tag is not None and annotations.get(REF_NAME) == tag:
            del annotations[REF_NAME]
        if each.get("digest") == entry["digest"] and not annotations.keys() - {REF_NAME}:
            name = annotations.get(REF_NAME)
            if name is None:
                continue  # the new one stands for it
        bare = {key: value for key, value in each.items() if key != "annotations"}
        kept.append(bare | ({"annotations": annotations} if annotations else {}))
    if tag is not None:
        return [*kept, entry | {"annotations": {REF_NAME: tag}}]
    there = any(each.get("digest") == entry["digest"] for each in kept)
    return kept if there else [*kept, entry]


def _index(entries: list[dict[str, Any]]) -> bytes:
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
    return json.dumps(document, separators=(",", ":")).encode()


@contextlib.contextmanager
def written(folder: Path) -> Iterator[None]:
    """Name what keeps ``folder`` from being written: OUTPUT_UNWRITABLE, or WRITE_FAILED."""
    try:
        yield
    except OSError as error:
        why = f"{folder}: {error.strerror or type(error).__name__}"
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}:
            raise FetchError("WRITE_FAILED", why, where=str(folder)) from None
        raise UsageError("OUTPUT_UNWRITABLE", why, where=str(folder)) from None
