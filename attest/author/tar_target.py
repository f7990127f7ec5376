"""An OCI layout in one tar file, new: the same content gives the same bytes."""

from __future__ import annotations

import os
import tarfile
import tempfile
from pathlib import Path

from attest.author.layout_target import LayoutTarget, written
from attest.errors import UsageError
from attest.fetch import FetchLimits

SUFFIX = ".tar"
"""A layout whose name ends so is written into a file."""

_NEW = ".attest-new-"


class TarTarget(LayoutTarget):
    """Gathers a layout in a folder beside ``path``, and packs it once it is whole.

    Nothing stands at ``path`` before `finish`. Raises OUTPUT_EXISTS, and what `LayoutTarget` does.
    """

    def __init__(self, path: Path, limits: FetchLimits) -> None:
        if path.exists():
            hint = "Name a new file; a tar file is not added to."
            raise UsageError("OUTPUT_EXISTS", f"{path} is already there", hint=hint)
        self._path_of_tar = path
        with written(path):
            self._scratch = tempfile.TemporaryDirectory(dir=path.parent, prefix=_NEW)
        try:
            super().__init__(Path(self._scratch.name) / "layout", limits)
        except BaseException:
            self._scratch.cleanup()
            raise

    def finish(self) -> None:
        """Pack the layout, in the order of names, without times, owners or modes."""
        with written(self._path_of_tar):
            packed = Path(self._scratch.name) / "packed"
            with packed.open("xb") as out:
                with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
                    for path in sorted(self.folder.rglob("*")):
                        if path.is_file():
                            _add(tar, path, str(path.relative_to(self.folder)))
                out.flush()
                os.fsync(out.fileno())
            packed.replace(self._path_of_tar)

    def discard(self) -> None:
        """Remove what was gathered."""
        self._scratch.cleanup()


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    member = tarfile.TarInfo(name)
    with path.open("rb") as file:
        member.size = os.fstat(file.fileno()).st_size
        tar.addfile(member, file)
