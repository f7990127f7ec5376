"""How `with:` is split and passed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.model.arguments import split
from tests.config.plans import load, policy_with, refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("high", "high"),
        (" high ", "high"),
        ("a,b", ("a", "b")),
        ("a\nb", ("a", "b")),
        ("a, b\n c ,\n", ("a", "b", "c")),
        ("a\\,b", "a,b"),
        ("a\\,b,c", ("a,b", "c")),
        ("a\\b", "a\\b"),
        ("a,", "a"),
        ("", None),
        (" , \n,", None),
    ],
)
def test_split(text: str, expected: object) -> None:
    assert split(text) == expected


def test_arguments_keep_their_text(tmp_path: Path) -> None:
    keys = "with: {n: 012, b: yes, f: 1.10, s: 'a,b', l: ['c,d', 2], one: [x], none: [], gone: ''}"
    given = load(tmp_path, policy_with(keys)).policies[0].arguments
    assert given == {
        "n": "012",
        "b": "yes",
        "f": "1.10",
        "s": ("a", "b"),
        "l": ("c,d", "2"),
        "one": ("x",),
        "none": (),
    }


@pytest.mark.parametrize(
    "keys", ["with: {a: {b: c}}", "with: {a: [[b]]}", "with: {a: ~}", "with: [a]"]
)
def test_nested_arguments_are_refused(tmp_path: Path, keys: str) -> None:
    refused(tmp_path, policy_with(keys), "CONFIG_TYPE")


def test_odd_names_are_refused(tmp_path: Path) -> None:
    refused(tmp_path, policy_with("with: {'a b': c}"), "CONFIG_VALUE")


@settings(derandomize=True, max_examples=200)
@given(st.lists(st.text(alphabet="ab\\ ", min_size=1, max_size=5).map(str.strip), max_size=4))
def test_parts_come_back(parts: list[str]) -> None:
    wanted = tuple(part for part in parts if part and not part.endswith("\\"))
    found = split(",".join(wanted))
    assert (found if isinstance(found, tuple) else (found,) if found else ()) == wanted
