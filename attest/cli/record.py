"""``--record DIR``: what is needed to come to the same answer again.

``record.json`` names every other file of the folder by its digest; ``host-calls.json`` holds what
policies asked of the outside world, and the answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attest.cli.outputs import write_file
from attest.errors import UsageError
from attest.model.digest import Digest

SCHEMA = "attest/record/v1"
_INDEX = "record.json"
HOST_CALLS = "host-calls.json"


def prepare(folder: str | None) -> Path | None:
    """Make the folder, before a gate does any work; raise OUTPUT_UNWRITABLE when that fails."""
    if folder is None:
        return None
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError("OUTPUT_UNWRITABLE", f"{folder}: {error}", where="--record") from None
    return path


def write(folder: Path | None, files: Mapping[str, bytes], **facts: Any) -> None:
    """Write ``files``, and last the index, with ``facts`` about the run in it."""
    if folder is None:
        return
    listed = []
    for name, content in sorted(files.items()):
        write_file(folder / name, content)
        listed.append({"path": name, "digest": str(Digest.of(content)), "size": len(content)})
    index = {"schema": SCHEMA, **facts, "files": listed}
    text = json.dumps(index, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    write_file(folder / _INDEX, text.encode("utf-8", "replace"))
