"""Options that several commands share."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest

from attest.cli import options
from attest.errors import UsageError
from attest.fetch import Fetcher
from attest.model.artifact import Reference
from attest.model.digest import Digest


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+02:00", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
    ],
)
def test_a_time(text: str, moment: datetime) -> None:
    assert options.TIME.convert(text, None, None) == moment


@pytest.mark.parametrize("text", ["", "now", "2026-01-02", "2026-01-02T03:04:05", "2026-13-01T0Z"])
def test_a_time_needs_a_zone(text: str) -> None:
    with pytest.raises(click.BadParameter):
        options.TIME.convert(text, None, None)


def test_a_digest() -> None:
    digest = Digest.of(b"app")
    assert options.digest(None, "--plan-digest") is None
    assert options.digest(str(digest), "--plan-digest") == digest
    with pytest.raises(UsageError) as caught:
        options.digest("sha256:x", "--plan-digest")
    assert (caught.value.code, caught.value.where) == ("DIGEST_INVALID", "--plan-digest")


def test_a_reference() -> None:
    assert options.reference("a", "THING") == Reference("file", "a")
    with pytest.raises(UsageError) as caught:
        options.reference("oci:", "THING")
    assert (caught.value.code, caught.value.where) == ("REFERENCE_MALFORMED", "THING")


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    place = Reference("file", str(tmp_path / "a"))
    with Fetcher(offline=True) as fetcher:
        assert options.read(fetcher, place, 5).content == b"12345"
        with pytest.raises(UsageError) as caught:
            options.read(fetcher, place, 4)
    assert (caught.value.code, caught.value.exit_code) == ("INPUT_TOO_LARGE", 2)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "environment", "expected"),
    [
        ("auto", {}, True),
        ("auto", {"NO_COLOR": "1"}, False),
        ("auto", {"NO_COLOR": ""}, True),
        ("auto", {"TERM": "dumb"}, False),
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {}, False),
    ],
)
def test_colour_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, choice: str, environment: dict[str, str], *, expected: bool
) -> None:
    for name, value in {"TERM": "xterm", "NO_COLOR": "", **environment}.items():
        monkeypatch.setenv(name, value)
    assert options.wants_color(choice, _Terminal()) is expected
    assert options.wants_color(choice, io.StringIO()) is (choice == "always")


@pytest.mark.parametrize(("columns", "width"), [("20", 60), ("100", 100), ("500", 120)])
def test_the_width_is_bounded(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert options.terminal_width() == width
