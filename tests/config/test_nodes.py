"""Typed access, and errors that lead to the key."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from attest.config.compose import compose
from attest.config.nodes import (
    MAX_ITEMS,
    MAX_TEXT,
    Node,
    Table,
    boolean,
    choice,
    integer,
    items,
    line,
    lines,
    mapping,
    text,
)
from attest.errors import UsageError


def node(content: str) -> Node:
    return mapping(compose(f"k: {content}\n".encode(), "p.yaml")).entries["k"]


def code(read: Callable[[], object]) -> str:
    with pytest.raises(UsageError) as caught:
        read()
    return caught.value.code


def test_an_unknown_key_names_path_line_and_nearest() -> None:
    found = node("{kind: SARIF,\n  max_agee: 1d}")
    with pytest.raises(UsageError) as caught:
        Table(found, "requirement")
    assert caught.value.code == "CONFIG_UNKNOWN_KEY"
    assert caught.value.message.startswith("k.max_agee (p.yaml:2:3): unknown key")
    assert "'max_age'" in caught.value.message
    assert caught.value.where == "p.yaml:2:3"
    assert "at_least" in caught.value.hint


def test_an_unsupported_key_is_refused_by_name() -> None:
    assert code(lambda: Table(node("{cedar: x}"), "policy")) == "UNSUPPORTED"


def test_missing_and_exclusive_keys() -> None:
    table = Table(node("{pem: x, path: y}"), "key")
    assert code(lambda: table.one_of("pem", "path")) == "CONFIG_VALUE"
    assert code(lambda: table.need("sha256")) == "CONFIG_MISSING_KEY"
    assert code(lambda: table.one_of("sha256")) == "CONFIG_MISSING_KEY"
    assert table.one_of("sha256", "pem") == "pem"


@pytest.mark.parametrize("word", ["on", "yes", "True", "TRUE", "1", "'true'", "[]", "~", ""])
def test_only_true_and_false_are_truth_values(word: str) -> None:
    assert code(lambda: boolean(node(word))) == "CONFIG_TYPE"


def test_truth_values() -> None:
    assert boolean(node("true")) is True
    assert boolean(node("false")) is False


@pytest.mark.parametrize(
    "word", ["012", "0x1", "1e3", "'1'", "1.0", "-1", "+1", "1:30", "1_", "_1", "٣"]
)
def test_only_decimal_numbers(word: str) -> None:
    assert code(lambda: integer(node(word), least=0, most=100)) == "CONFIG_TYPE"


def test_numbers_have_bounds_and_underscores() -> None:
    assert integer(node("5_000_000_000"), least=0, most=10**13) == 5_000_000_000
    assert code(lambda: integer(node("5"), least=0, most=4)) == "CONFIG_VALUE"
    assert code(lambda: integer(node("0"), least=1, most=4)) == "CONFIG_VALUE"
    assert code(lambda: integer(node("9" * 9000), least=1, most=4)) == "CONFIG_VALUE"


@pytest.mark.parametrize("word", ["on", "no", "1e3", "012", "2026-01-02", "1.10"])
def test_text_stays_as_written(word: str) -> None:
    assert text(node(word)) == word


@pytest.mark.parametrize("word", ["", "~", "null", "[a]", "{a: b}"])
def test_nothing_lists_and_tables_are_not_text(word: str) -> None:
    assert code(lambda: text(node(word))) == "CONFIG_TYPE"


def test_text_is_bounded_and_clean() -> None:
    assert code(lambda: text(node("''"))) == "CONFIG_VALUE"
    assert code(lambda: text(node("x" * (MAX_TEXT + 1)))) == "CONFIG_TOO_LARGE"
    assert code(lambda: text(node('"\\e[31m"'))) == "CONFIG_VALUE"
    assert code(lambda: text(node('"\\u202e"'))) == "CONFIG_VALUE"
    assert text(node('"a\\nb"')) == "a\nb"
    assert code(lambda: line(node('"a\\nb"'))) == "CONFIG_VALUE"


def test_lists_are_bounded_and_hold_each_text_once() -> None:
    assert lines(node("[a, b]")) == ("a", "b")
    assert code(lambda: lines(node("[a, a]"))) == "CONFIG_VALUE"
    assert code(lambda: items(node("[]"))) == "CONFIG_VALUE"
    assert items(node("[]"), empty=True) == ()
    assert code(lambda: items(node("a"))) == "CONFIG_TYPE"
    assert code(lambda: items(node("[" + "a," * (MAX_ITEMS + 1) + "]"))) == "CONFIG_TOO_LARGE"


def test_tables_are_bounded() -> None:
    many = "{" + ",".join(f"k{n}: 1" for n in range(MAX_ITEMS + 1)) + "}"
    assert code(lambda: mapping(node(many))) == "CONFIG_TOO_LARGE"
    assert code(lambda: mapping(node("[a]"))) == "CONFIG_TYPE"


def test_a_choice_names_the_nearest_word() -> None:
    with pytest.raises(UsageError) as caught:
        choice(node("warm"), ("fail", "warn", "pass"))
    assert caught.value.code == "CONFIG_VALUE"
    assert "nearest known name is 'warn'" in caught.value.message
