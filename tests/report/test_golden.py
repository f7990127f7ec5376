"""What each format looks like; `ATTEST_UPDATE_GOLDEN=1 pytest tests/report` writes it anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from attest.report import FORMATS, Options, render
from tests.report.samples import SAMPLES

GOLDEN = Path(__file__).parent / "golden"
EVERY = [(name, fmt) for name in SAMPLES for fmt in ("text", "json")]
SOME = [(name, fmt) for name in ("failed", "refused_signature", "known") for fmt in FORMATS]
HOSTILE = [("hostile", fmt) for fmt in FORMATS]
CASES = sorted({*EVERY, *SOME, *HOSTILE})


def _compare(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("ATTEST_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="")
    assert path.read_bytes().decode("utf-8") == text


@pytest.mark.parametrize(("name", "fmt"), CASES)
def test_golden(name: str, fmt: str) -> None:
    _compare(f"{name}.{fmt}", render(SAMPLES[name](), fmt))


@pytest.mark.parametrize("name", ["refused_signature", "engine_error"])
def test_golden_verbose(name: str) -> None:
    _compare(f"{name}.verbose.text", render(SAMPLES[name](), "text", Options(verbose=True)))


def test_golden_in_colour() -> None:
    _compare("failed.colour.text", render(SAMPLES["failed"](), "text", Options(color=True)))


def test_no_golden_file_is_left_over() -> None:
    verbose = {f"{name}.verbose.text" for name in ("refused_signature", "engine_error")}
    expected = {f"{name}.{fmt}" for name, fmt in CASES} | verbose | {"failed.colour.text"}
    assert {path.name for path in GOLDEN.iterdir()} == expected


@pytest.mark.parametrize("fmt", FORMATS)
@pytest.mark.parametrize("name", SAMPLES)
def test_rendering_is_a_function_of_the_report(name: str, fmt: str) -> None:
    assert render(SAMPLES[name](), fmt) == render(SAMPLES[name](), fmt)
