"""Stage 6: Report -> text in a format. Pure."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attest.model.report import Report
    from attest.report.options import Options

FORMATS = {
    "text": "text:render",
    "json": "json:to_json",
    "yaml": "yaml:render",
    "sarif": "sarif:render",
    "markdown": "markdown:render",
    "junit": "junit:render",
    "github": "github:render",
    "gitlab": "gitlab:render",
    "html": "html:render",
    "csv": "tables:render_csv",
    "ndjson": "tables:render_ndjson",
}
"""Every output format by its name: a module of this package, imported on first use, and in it a
function from (report, options) to text that escapes what strangers wrote for that format."""


def render(report: Report, fmt: str, options: Options | None = None) -> str:
    """Return ``report`` in the format ``fmt``, a key of `FORMATS`."""
    from attest.report.options import Options

    module, _, function = FORMATS[fmt].partition(":")
    renderer: Callable[[Report, Options], str]
    renderer = getattr(import_module(f"attest.report.{module}"), function)
    return renderer(report, options or Options())


__all__ = ["FORMATS", "Options", "render"]


def __getattr__(name: str) -> Any:
    """Import what rendering needs only when it is asked for: `attest verify` escapes text alone."""
    if name == "Options":
        from attest.report.options import Options

        return Options
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
