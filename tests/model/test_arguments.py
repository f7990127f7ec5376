"""Splitting, and the placeholders of policy groups."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.model.arguments import Value, fill, placeholders, split


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("{{ inputs.user }}@{{.inputs.domain}}", "jo@example.org"),
        ("{{inputs.list}}", ("a,b", "c")),
        (" {{ .inputs.list }}\n", ("a,b", "c")),
        ("x,{{ inputs.list }}", ("x", "a,b", "c")),
        ("{{ inputs.unset }}", None),
        ("a{{ inputs.unset }}b", "ab"),
        ("{{ inputs.braces }}!", "{{ inputs.user }}!"),
        ("a\\,b", "a,b"),
        ("", None),
    ],
)
def test_fill(text: str, expected: Value | None) -> None:
    inputs: dict[str, Value] = {
        "user": "jo",
        "domain": "example.org",
        "list": ("a,b", "c"),
        "braces": "{{ inputs.user }}",
    }
    assert fill(text, inputs) == expected


def test_placeholders_are_named_in_order() -> None:
    assert placeholders("{{ inputs.b }}-{{inputs.a}} } {") == ("b", "a")


@pytest.mark.parametrize(
    "text",
    [
        "{{ user }}",
        "{{ inputs.user | upper }}",
        "{{- inputs.user -}}",
        "{{ if .inputs.user }}x{{ end }}",
        "{{ inputs.user",
        "{{ inputs.1 }}",
        "{{ inputsXuser }}",
        "{{ env.HOME }}",
    ],
)
def test_the_rest_of_the_template_language_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="placeholders"):
        placeholders(text)


@settings(derandomize=True, max_examples=100)
@given(st.text(alphabet="ab,\\ \n", max_size=12))
def test_a_text_that_stands_alone_is_passed_as_split(text: str) -> None:
    value = split(text)
    assert fill("{{ inputs.x }}", {} if value is None else {"x": value}) == value
