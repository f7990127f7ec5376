"""Which YAML is read, and which is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.config.compose import MAX_DEPTH, MAX_NODES, compose
from attest.config.nodes import Mapping, Scalar, Sequence
from attest.errors import AttestError, UsageError
from tests.config.plans import plan_text, refused


def test_every_value_keeps_its_path_line_and_column() -> None:
    root = compose(b"a:\n  - b: x\n    'c d': y\n", "p.yaml")
    assert isinstance(root, Mapping)
    listed = root.entries["a"]
    assert isinstance(listed, Sequence)
    entry = listed.items[0]
    assert isinstance(entry, Mapping)
    value = entry.entries["b"]
    assert (value.path, value.place) == ("a[0].b", "p.yaml:2:8")
    assert entry.entries["c d"].path == 'a[0]."c d"'
    assert entry.keys["b"].place == "p.yaml:2:5"


@pytest.mark.parametrize("word", ["on", "yes", "1e3", "0o14", "2026-01-02", "1:30", "=", "null"])
def test_no_implicit_types(word: str) -> None:
    root = compose(f"a: {word}\n".encode(), "p")
    assert isinstance(root, Mapping)
    value = root.entries["a"]
    assert isinstance(value, Scalar)
    assert (value.value, value.plain) == (word, True)


REFUSED = {
    "alias": "a: &x 1\nb: *x\n",
    "anchor": "a: &x 1\n",
    "anchored list": "a: &x [1]\n",
    "anchored key": "&x a: 1\n",
    "merge key": "a: {<<: {b: 1}}\n",
    "tag": "a: !!str 1\n",
    "python tag": "a: !!python/object/apply:os.system [ls]\n",
    "tagged list": "a: !x []\n",
    "non-specific tag": "a: ! b\n",
    "duplicate key": "a: 1\nb: 2\na: 3\n",
    "duplicate key in quotes": "a: 1\n'a': 2\n",
    "list as key": "? [a]\n: 1\n",
    "second document": "a: 1\n---\nb: 2\n",
    "yaml directive": "%YAML 1.1\n---\na: 1\n",
    "tag directive": "%TAG ! tag:x,2000:\n---\na: 1\n",
    "empty": "",
    "comment only": "# nothing\n",
    "bad indent": "a: 1\n  b: 2\n",
    "unclosed": "a: [1\n",
    "huge escape": 'a: "\\UFFFFFFFF"\n',
    "lone surrogate": 'a: "\\ud800"\n',
    "huge version": "%YAML " + "9" * 5000 + ".1\n---\na: 1\n",
    "byte-order mark": "\ufeffa: 1\n",
    "unprintable": "a: \x00\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_plain_yaml_is_refused(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        compose(REFUSED[name].encode(), "p.yaml")
    assert caught.value.code == "CONFIG_SYNTAX"
    assert caught.value.where.startswith("p.yaml:")


def test_a_repeated_key_is_named_with_its_line() -> None:
    with pytest.raises(UsageError) as caught:
        compose(b"trust:\n  a: 1\n  a: 2\n", "p.yaml")
    assert "trust.a (p.yaml:3:3)" in caught.value.message


@pytest.mark.parametrize("content", [b"a: \xff\n", "a: 1\n".encode("utf-16")])
def test_only_utf8(content: bytes) -> None:
    with pytest.raises(UsageError) as caught:
        compose(content, "p")
    assert caught.value.code == "CONFIG_SYNTAX"


def test_nesting_and_number_of_values_are_bounded() -> None:
    compose(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "p")
    for content in (b"[" * 100_000, b"- " * 100_000, b"[" + b"a," * (MAX_NODES + 1) + b"]"):
        with pytest.raises(UsageError) as caught:
            compose(content, "p")
        assert caught.value.code == "CONFIG_SYNTAX"


def test_the_loader_refuses_an_alias(tmp_path: Path) -> None:
    refused(tmp_path, plan_text(more="allow_at: &x true\ncross_check: *x\n"), "CONFIG_SYNTAX")


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes_give_nodes_or_a_refusal(content: bytes) -> None:
    try:
        compose(content, "p")
    except AttestError as error:
        assert error.code == "CONFIG_SYNTAX"  # noqa: PT017  # it may also be plain YAML


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.text(alphabet="ab:-[]{}&*!%|>\"'\\ \n\t#?,<~0\ud7ff", max_size=60))
def test_arbitrary_yaml_like_text_gives_nodes_or_a_refusal(content: str) -> None:
    try:
        compose(content.encode(), "p")
    except AttestError as error:
        assert error.code == "CONFIG_SYNTAX"  # noqa: PT017  # it may also be plain YAML
