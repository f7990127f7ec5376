"""The files of a policy bundle, into a folder of their own."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path

from attest.author.targets import Saving
from attest.decode.policies.manifest import read_manifest as read_contents
from attest.errors import FetchError, UsageError
from attest.fetch import FetchLimits
from attest.fetch.source import check_total, pin, read_blob, read_manifest
from attest.model.artifact import Reference
from attest.model.policy import File


def read(source: Saving, place: Reference, limits: FetchLimits) -> tuple[File, ...]:
    """Return the files of the bundle that ``place`` pins; each path is one inside a bundle."""
    artifact, manifest = read_manifest(source, place, pin(place), limits)
    if manifest.is_index:
        message = f"{place} is an index of {len(manifest.manifests)} manifests"
        raise FetchError("MANIFEST_IS_INDEX", message, where=str(place))
    check_total(manifest.blobs, limits, place)
    blobs = {each.digest: read_blob(source, each, limits, place) for each in manifest.blobs}
    return read_contents(artifact.content, blobs).files


def write(files: Iterable[File], folder: Path) -> None:
    """Write ``files`` into ``folder``, which must be new or empty.

    Raises OUTPUT_EXISTS, OUTPUT_UNWRITABLE, and WRITE_FAILED for a full disk.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise UsageError("OUTPUT_EXISTS", f"{folder} is not empty", hint="Name a new folder.")
        for each in files:
            path = folder / each.path
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(each.content)
    except OSError as error:
        why = f"{folder}: {error.strerror or type(error).__name__}"
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise FetchError("WRITE_FAILED", why, where=str(folder)) from None
        raise UsageError("OUTPUT_UNWRITABLE", why, where=str(folder)) from None
