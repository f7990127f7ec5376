"""``-o FORMAT[=PATH]``: what it means, and how the outputs are written.

An output file is there in full or not at all: it is written beside its place and then renamed.
"""

from __future__ import annotations

import difflib
import os
import secrets
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from attest.cli import progress
from attest.errors import UsageError
from attest.model.frozen import frozen
from attest.model.report import Report
from attest.report import FORMATS, Options, render


@frozen
class Output:
    """One format, and the file it goes to; ``None`` is standard output."""

    fmt: str
    path: Path | None = None


def parse_outputs(values: Sequence[str]) -> tuple[Output, ...]:
    """Read the values of ``-o``; none means text on standard output.

    Raise ``UsageError``: OUTPUT_UNKNOWN with the nearest name, OUTPUT_TWICE when two outputs go to
    one place, OUTPUT_UNWRITABLE when a path is a folder or its folder does not exist. All of it is
    known before a gate does any work.
    """
    outputs = tuple(_parse(value) for value in values) or (Output("text"),)
    places: set[Path | None] = set()
    for output in outputs:
        place = None if output.path is None else Path(os.path.realpath(output.path))
        if place in places:
            where = "standard output" if output.path is None else str(output.path)
            raise UsageError("OUTPUT_TWICE", f"two outputs go to {where}", where="-o")
        places.add(place)
    return outputs


def write_outputs(report: Report, outputs: Sequence[Output], options: Options) -> None:
    """Render ``report`` in each format: files first, then standard output.

    Colour is for standard output alone. Raise ``UsageError`` OUTPUT_UNWRITABLE when a file cannot
    be written.
    """
    progress.clear()
    for output in sorted(outputs, key=lambda output: output.path is None):
        if output.path is None:
            _print(render(report, output.fmt, options))
        else:
            text = render(report, output.fmt, replace(options, color=False))
            write_file(output.path, text.encode("utf-8", "replace"))


def _parse(value: str) -> Output:
    fmt, equals, path = value.partition("=")
    if fmt not in FORMATS:
        near = difflib.get_close_matches(fmt.lower(), FORMATS, n=1)
        known = ", ".join(FORMATS)
        raise UsageError(
            "OUTPUT_UNKNOWN",
            f"there is no output format {fmt!r}",
            hint=f"Did you mean {near[0]!r}? Formats: {known}." if near else f"Formats: {known}.",
            where="-o",
        )
    if not equals:
        return Output(fmt)
    target = Path(path)
    if not path:
        raise _unwritable(value, "no path after the equals sign")
    if target.is_dir():
        raise _unwritable(path, "it is a folder")
    if not target.parent.is_dir():
        raise _unwritable(path, f"the folder {target.parent} does not exist")
    return Output(fmt, target)


def write_file(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``; a path that is a device, such as /dev/stderr, is written into.

    Raises OUTPUT_UNWRITABLE.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
            return
        target = Path(os.path.realpath(path))
        beside = target.with_name(f".attest-{secrets.token_hex(8)}")
        try:
            with beside.open("xb") as file:
                file.write(data)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        raise _unwritable(str(path), str(error)) from None


def _print(text: str) -> None:
    """Write to standard output as UTF-8, whatever the locale: the formats are UTF-8."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
    else:
        sys.stdout.flush()
        buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.flush()


def _unwritable(path: str, why: str) -> UsageError:
    return UsageError("OUTPUT_UNWRITABLE", f"{path}: {why}", where="-o")
