"""Stage 6: Report -> text in a format. Pure."""

from __future__ import annotations

from collections.abc import Callable

from attest.model.report import Report
from attest.report import github, gitlab, html, json, junit, markdown, sarif, tables, text, yaml
from attest.report.check import check
from attest.report.options import Options

Renderer = Callable[[Report, Options], str]
"""Turns a report into the text of one format. It escapes what strangers wrote for that format."""

FORMATS: dict[str, Renderer] = {
    "text": text.render,
    "json": json.to_json,
    "yaml": yaml.render,
    "sarif": sarif.render,
    "markdown": markdown.render,
    "junit": junit.render,
    "github": github.render,
    "gitlab": gitlab.render,
    "html": html.render,
    "csv": tables.render_csv,
    "ndjson": tables.render_ndjson,
}
"""Every output format by its name."""


def render(report: Report, fmt: str, options: Options | None = None) -> str:
    """Return ``report`` in the format ``fmt``, a key of `FORMATS`."""
    return FORMATS[fmt](report, options or Options())


__all__ = ["FORMATS", "Options", "Renderer", "check", "render"]
