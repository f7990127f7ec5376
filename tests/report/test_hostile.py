"""No text of a stranger gets out of its place, in any format."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from attest.model.report import Report
from attest.report import FORMATS, Options, escape, render
from attest.report.json import document
from tests.report.samples import SAMPLES, hostile
from tests.report.strategies import REPORTS
from tests.report.test_escape import runs_a_command

ANY = settings(
    max_examples=25, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate)
)


@pytest.mark.parametrize("fmt", FORMATS)
def test_nothing_reaches_the_terminal_or_the_runner(fmt: str) -> None:
    _harmless(fmt, render(hostile(), fmt))


@pytest.mark.parametrize("fmt", FORMATS)
def test_nothing_reaches_them_from_any_report(fmt: str) -> None:
    @ANY
    @given(REPORTS)
    def harmless(report: Report) -> None:
        _harmless(fmt, render(report, fmt))

    harmless()


def _harmless(fmt: str, text: str) -> None:
    allowed = "\u200b\ufe0f" if fmt == "markdown" else ""
    assert all(escape.is_visible(c) or c in "\n" + allowed for c in text)
    text.encode("utf-8")
    lines = text.split("\n")
    if fmt == "github":
        assert all(
            line.startswith(("::error title=", "::warning ", "::notice ")) for line in lines[:-1]
        )
        assert len([line for line in lines if line.startswith("::error")]) <= 10
        lines = [line[2:] for line in lines]
    assert not any(runs_a_command(line) for line in lines)


@ANY
@given(REPORTS)
def test_text_stays_within_its_width(report: Report) -> None:
    text = render(report, "text", Options(width=80, verbose=True))
    assert max(map(escape.columns, text.split("\n"))) <= 80 + 4  # a broken command gains a blank


@ANY
@given(REPORTS)
def test_yaml_is_the_same_document(report: Report) -> None:
    assert yaml.safe_load(render(report, "yaml")) == _json_of(document(report))


def _json_of(value: Any) -> Any:
    return json.loads(json.dumps(value))


@ANY
@given(REPORTS)
def test_xml_is_well_formed(report: Report) -> None:
    ET.fromstring(render(report, "junit"))  # noqa: S314  # ours


@ANY
@given(REPORTS)
def test_csv_has_whole_rows_and_no_formula(report: Report) -> None:
    rows = list(csv.reader(io.StringIO(render(report, "csv"))))
    assert {len(row) for row in rows} == {10}
    assert not any(cell[:1] in {"=", "+", "-", "@"} for row in rows for cell in row if cell)


@ANY
@given(REPORTS)
def test_ndjson_is_one_object_a_line(report: Report) -> None:
    lines = render(report, "ndjson").splitlines()
    assert [json.loads(line)["type"] for line in lines][: 1 + len(report.subjects)] == [
        "run",
        *["subject"] * len(report.subjects),
    ]


MARKDOWN = MarkdownIt("commonmark").enable("table")


@pytest.mark.parametrize("name", SAMPLES)
def test_markdown_of_the_samples(name: str) -> None:
    _only_our_markup(render(SAMPLES[name](), "markdown"))


@ANY
@given(REPORTS)
def test_markdown_holds_only_our_markup(report: Report) -> None:
    _only_our_markup(render(report, "markdown"))


def _only_our_markup(text: str) -> None:
    tokens = MARKDOWN.parse(text)
    inline = [child for token in tokens for child in token.children or []]
    types = {token.type for token in inline}
    assert types <= {
        "text",
        "text_special",
        "html_inline",
        "softbreak",
        "strong_open",
        "strong_close",
    }
    html = {token.content for token in inline if token.type == "html_inline"}
    assert html <= {"<br>", "<code>", "</code>"}
    blocks = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    assert blocks <= {"heading", "paragraph", "inline", "table", "thead", "tbody", "tr", "th", "td"}
    assert sum(token.type == "strong_open" for token in inline) <= 1
    _whole_tables(tokens)


def _whole_tables(tokens: list[Token]) -> None:
    cells, widths = 0, set()
    for token in tokens:
        if token.type in {"th_open", "td_open"}:
            cells += 1
        elif token.type == "tr_close":
            widths.add(cells)
            cells = 0
        elif token.type == "table_close":
            assert len(widths) == 1
            widths = set()
