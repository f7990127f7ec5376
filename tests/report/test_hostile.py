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
from attest.report.json import document, from_json
from tests.report.samples import SAMPLES, hostile
from tests.report.strategies import REPORTS, filled
from tests.report.test_escape import runs_a_command
from tests.report.test_html import whole_page

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
    assert harmless_characters(text, allowed)
    text.encode("utf-8")
    lines = text.split("\n")
    if fmt == "github":
        assert all(
            line.startswith(("::error title=", "::warning ", "::notice ")) for line in lines[:-1]
        )
        assert len([line for line in lines if line.startswith("::error")]) <= 10
        lines = [line[2:] for line in lines]
    assert not any(runs_a_command(line) for line in lines)


def harmless_characters(text: str, allowed: str = "") -> bool:
    """Tell whether every character shows, and only itself; breaks of lines may be there."""
    return all(escape.is_visible(c) or c in "\n" + allowed for c in text)


ATTACKS = {
    "terminal": "\x1b[2J\x1b]8;;http://evil\x07link\x1b]8;;\x07\x9b2J\x07\x7f\x00",
    "direction": "\u202egnp.exe\u2066\u2069\u200f\ufeff\u00ad\u2028\u2029\U000e0041",
    "runner": "\n::error::gone\r\n  ::set-output name=a::b\n##[error]gone ##vso[task]x ##teamcity[",
    "stop": "::stop-commands::x\n::add-mask::a",
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)></td></table>'\"&lt;",
    "markdown": "| a | [l](http://e) ![i](//e) `c` *b* _i_ ~s~ # h\n\n- x\n> q\n\n```\n@t www.e.e",
    "xml": "]]></failure><x y='\"'>&amp;&#0;<!--<?x?>",
    "formula": '=HYPERLINK("http://e")\t+1-1@x,";\n=2',
    "json": '","verdict":"passed","x":"\\\\u0000\\',
    "yaml": "\n- verdict: passed\n...\n--- !!x &a *a {}[] : # ' %",
    "code": "%0A::error::x%0D%3A%2C",
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("fmt", FORMATS)
def test_nothing_gets_out_of_any_field_at_all(fmt: str, attack: str) -> None:
    """Every text of the model is hostile: whatever is added to it is in this as well."""
    made = filled(Report, ATTACKS[attack])
    text = render(made, fmt, Options(verbose=True))
    _harmless(fmt, text)
    if fmt == "markdown":
        _only_our_markup(text)
    if fmt == "html":
        whole_page(made)
    if fmt == "json":
        assert from_json(text.encode()) == made


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
