"""What regopy 1.5 is not asked about: constructs that it is known to answer wrongly or not at all.

The gate reads text, not syntax. It may refuse too much - that only costs a second opinion - but
what it lets through must not be a construct where regopy differs from OPA without saying so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from attest.model.policy import Policy

MAX_DOCUMENT = 4 << 20
"""Bytes of a document: regopy takes seconds for each megabyte."""
MAX_SOURCE = 1 << 20
_DECIMALS = 1e6
"""regopy keeps six decimals of a float."""
_INT64 = range(-(1 << 63), 1 << 63)

_BUILTINS = (
    "any_prefix_match|any_suffix_match|cast_|contains_matches|crypto.x509|glob|graph|graphql|"
    "http|internal|io.jwt|json.match_schema|json.patch|json.verify_schema|net|numbers.range|"
    "object.union_n|opa|providers|rand|regex|rego|semver|strings.any|strings.render_template|time|"
    "trace|units|urlquery|uuid|walk|yaml"
)
_REFUSED = (
    (rf"(?<![\w.])(?:{_BUILTINS})(?:\.\w+)*\s*\(", "a built-in that regopy lacks or answers apart"),
    (r"\\u[0-9a-fA-F]|\\/", "an escape that regopy does not decode"),
    (r"\$[\"`]", "string interpolation"),
    (r"\bsome\s+\w+(?:\s*,\s*\w+)*\s*(?=[;\n}#])", "`some` without `in`"),
    (r"[\[(,]\s*\w[\w.]*\[[A-Za-z_]\w*\]", "an unbound index inside a call or a list"),
    (r"[\[{]\s*[^\[\]{}|]*\|\s*some\s+\w+\s*,", "`some k, v` in a comprehension"),
    (r"\bwith\s+(?:input|data)\b", "`with`"),
    (r"\bimport\s+(?:input|data)\b", "an import of input or data"),
    (r"\bevery\b", "`every`"),
)
_TEXT_BUILTINS = re.compile(
    r"(?<![\w.])(?:base64|base64url|crypto|format_int|hex|indexof|indexof_n|json|replace|split|"
    r"strings|substring|trim\w*|urlquery)(?:\.\w+)*\s*\("
)
_COMMENT = re.compile(r"(?m)^[ \t]*#.*$")


def of_policy(policy: Policy) -> str:
    """Return why regopy is not asked about ``policy``; empty when it is."""
    if policy.v0_compatible:
        return "Rego v0"
    for file in policy.code:
        text = _COMMENT.sub("", file.content.decode("utf-8"))
        if len(text) > MAX_SOURCE:
            return f"{file.path} is too large"
        for pattern, what in _REFUSED:
            if found := re.search(pattern, text):
                return f"{file.path} uses {what}: {found[0].strip()[:40]!r}"
    return ""


def of_document(document: Any, policy: Policy) -> str:
    """Return why regopy is not asked about this parsed document; empty when it is.

    Strings reach regopy escaped, so that text in evidence cannot forge a result; a built-in that
    looks at their characters would see the escapes.
    """
    looks = any(_TEXT_BUILTINS.search(file.content.decode("utf-8")) for file in policy.code)
    level: Sequence[Any] = [document]
    while level:
        for one in level:
            if isinstance(one, str) and looks and _escaped(one):
                return "text with escapes meets a built-in that looks at characters"
            if isinstance(one, float) and round(one * _DECIMALS) != one * _DECIMALS:
                return "a number with more than six decimals"
            if isinstance(one, int) and one not in _INT64:
                return "an integer beyond 64 bits"
        level = [child for one in level for child in _children(one)]
    return ""


def _children(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else ()


def _escaped(text: str) -> bool:
    return '"' in text or "\\" in text or not text.isprintable()
