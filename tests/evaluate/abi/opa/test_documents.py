"""Data and input: put together from the bytes that were signed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import EngineError
from attest.evaluate.abi.opa.documents import data, shape, taken
from attest.evaluate.host.stopped import Stopped
from attest.model.policy import File


def file(content: str, *mount: str, path: str = "data.json") -> File:
    return File(path, content.encode(), mount)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([], "{}"),
        ([file('{"a": 1.10}')], '{"a":1.10}'),
        ([file('{"a": 1}'), file('{"b": 2}')], '{"a":1,"b":2}'),
        ([file("[1, 2]", "x", "y")], '{"x":{"y":[1, 2]}}'),
        ([file('{"x": {"a": 1}}'), file('{"b": 2}', "x")], '{"x":{"a":1,"b":2}}'),
        ([file('{"b": 2}', "x"), file('{"x": {"a": {"c": 1}}}')], '{"x":{"b":2,"a":{"c": 1}}}'),
        ([file('{"é\\n": 12345678901234567890}')], '{"\\u00e9\\n":12345678901234567890}'),
    ],
)
def test_merged(files: list[File], expected: str) -> None:
    assert data(files).decode() == expected


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([file("[1]")], "DATA_INVALID"),
        ([file('{"a": 1, "a": 2}')], "DATA_INVALID"),
        ([file("a: 1", path="data.yaml")], "DATA_INVALID"),
        ([file('{"a": 1}'), file('{"a": 1}')], "DATA_CONFLICT"),
        ([file('{"a": 1}'), file('{"b": 1}', "a")], "DATA_CONFLICT"),
        ([file('{"a": {"b": 1}}'), file("2", "a", "b")], "DATA_CONFLICT"),
        ([file("[1]", "a"), file('{"b": 1}', "a")], "DATA_CONFLICT"),
    ],
)
def test_refused(files: list[File], code: str) -> None:
    with pytest.raises(EngineError) as refused:
        data(files)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("document", "entrypoint"),
    [
        (b'{"p": {"allow": true}}', "p/allow"),
        (b'{"p": {"allow": null}}', "p/allow"),
        (b'{"p": 1}', "p/allow"),
        (b'{"p": {"q": "x"}}', "p/q/deny"),
    ],
)
def test_a_rules_place_is_taken(document: bytes, entrypoint: str) -> None:
    assert taken(document, ["other/x", entrypoint]) == entrypoint


@pytest.mark.parametrize("document", [b"{}", b'{"p": {}}', b'{"p": {"q": 1}}', b'{"allow": 1}'])
def test_a_rules_place_is_free(document: bytes) -> None:
    assert taken(document, ["p/allow"]) is None


@pytest.mark.parametrize(
    ("document", "arguments", "chainloop", "expected"),
    [
        ('{"a": 1.10}', None, False, '{"a": 1.10}'),
        ("[1]", None, False, "[1]"),
        ('{"a": 1.10}', {"x": "y"}, False, '{"a":1.10,"args":{"x": "y"}}'),
        ('{"args": 1}', {"x": "y"}, False, '{"args":{"x": "y"}}'),
        ("{}", None, True, '{"args":{}}'),
        ("[1.10]", None, True, '{"elements":[1.10],"args":{}}'),
        ("[]", {"x": ["y"]}, True, '{"elements":[],"args":{"x": ["y"]}}'),
    ],
)
def test_shaped(
    document: str, arguments: dict[str, object] | None, *, chainloop: bool, expected: str
) -> None:
    assert shape(document.encode(), arguments, chainloop=chainloop).decode() == expected


@pytest.mark.parametrize(
    ("document", "arguments", "chainloop"),
    [
        (b'{"args": {}}', None, False),
        (b'{"chainloop_metadata": {}}', None, True),
        (b"[1]", {"x": "y"}, False),
        (b"1", None, True),
        (b'{"a": 1, "a": 1}', None, False),
        (b'"\\ud800"', None, False),
        (b"{} {}", None, False),
        (b"[" * 300 + b"]" * 300, None, False),
    ],
)
def test_shapes_that_are_refused(
    document: bytes, arguments: dict[str, object] | None, *, chainloop: bool
) -> None:
    with pytest.raises(Stopped) as refused:
        shape(document, arguments, chainloop=chainloop)
    assert refused.value.code == "INPUT_INVALID"


@settings(derandomize=True, max_examples=200)
@given(st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8), max_size=5))
def test_arguments_stand_beside_every_other_member(document: dict[str, object]) -> None:
    shaped = json.loads(shape(json.dumps(document).encode(), {"x": "y"}, chainloop=False))
    assert shaped == {**document, "args": {"x": "y"}}
