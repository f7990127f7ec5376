"""The page loads nothing, runs nothing, and holds the record it was made from."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from html.parser import HTMLParser

import pytest
from hypothesis import Phase, given, settings

from attest.model.report import Report
from attest.report import Options, render
from attest.report.json import from_json, to_json
from tests.report.samples import SAMPLES, failed, hostile, passed
from tests.report.strategies import REPORTS

VOID = {"meta", "br"}
TAGS = {
    *("html", "head", "title", "style", "body", "header", "h1", "h2", "p", "b", "span", "code"),
    *("table", "tr", "th", "td", "details", "summary", "ol", "li", "pre"),
    *VOID,
}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class"}


class _Reader(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.text: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.text[self.open[-1]] = self.text.get(self.open[-1], "") + data


def whole_page(made: Report) -> _Reader:
    """Return what a browser would see, after the markup was found to be ours alone."""
    page = _Reader(render(made, "html"))
    assert page.tags <= TAGS
    assert page.attributes <= ATTRIBUTES
    assert page.open == []
    return page


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_hold_only_our_markup_and_the_record(name: str) -> None:
    made = SAMPLES[name]()
    record = whole_page(made).text["pre"]
    assert record == to_json(made)
    assert from_json(record.encode()) == made


@settings(max_examples=25, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
@given(REPORTS)
def test_any_report_holds_only_our_markup(made: Report) -> None:
    whole_page(made)


def test_the_policy_allows_this_style_and_nothing_else() -> None:
    text = render(failed(), "html")
    found = re.search(r'content="(default-src[^"]*)"', text)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert found
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert found[1] == f"default-src 'none'; style-src 'sha256-{digest}'"
    assert "url(" not in style[1]


def test_the_record_is_named_by_its_digest() -> None:
    digest = hashlib.sha256(to_json(failed()).encode()).hexdigest()
    assert f"record <code>sha256:{digest}</code>" in render(failed(), "html")
    reproducible = render(failed(), "html", Options(reproducible=True))
    assert digest not in reproducible
    assert "duration_ms" not in reproducible


def test_the_verdict_is_the_heading() -> None:
    assert whole_page(failed()).text["h1"].strip() == "FAILED"
    assert whole_page(passed()).text["h1"] == "PASSED"


def test_hostile_text_is_text() -> None:
    text = render(hostile(), "html")
    assert "<img" not in text
    assert html.escape("<img src=x onerror=alert(1)>") in text
