"""Where the store of fetched content stands: the one reader of XDG_CACHE_HOME and HOME here."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def store_folder() -> Path:
    """Return the user's store; ``OSError`` or ``RuntimeError`` when there is no home at all.

    A relative base directory is not valid (XDG Base Directory Specification).
    """
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    home = given if given.is_absolute() else Path.home() / ".cache"
    return home / "attest" / "store"


def private(folder: Path) -> Path:
    """Make ``folder`` and see that nobody else can look into it; ``OSError`` otherwise."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise OSError(None, "not a folder of this user", str(folder))
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    return folder
