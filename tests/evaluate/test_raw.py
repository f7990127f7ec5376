"""What an engine was given and answered: whole where it is small, marked where it is cut."""

from __future__ import annotations

import base64
import hashlib

import pytest

from attest.evaluate import Evaluator, Settings
from attest.evaluate.raw import MAX, excerpt
from tests.evaluate.make import AT, policy


@pytest.mark.parametrize("content", [b"", b"{}", "é".encode() * 100, b"x" * MAX])
def test_text_that_fits_is_whole(content: bytes) -> None:
    found = excerpt(content)
    assert (found.text.encode(), found.encoding, found.truncated) == (content, "utf-8", False)
    assert found.size == len(content)
    assert found.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_longer_text_is_cut_between_characters() -> None:
    content = b"x" + "é".encode() * MAX
    found = excerpt(content)
    assert found.truncated
    assert content.decode().startswith(found.text)
    assert MAX - 4 < len(found.text.encode()) <= MAX
    assert found.size == len(content)


def test_what_is_no_text_is_base64() -> None:
    found = excerpt(b"\xff" * (MAX + 1))
    assert (found.encoding, found.truncated) == ("base64", True)
    assert base64.b64decode(found.text) == b"\xff" * MAX


def test_only_who_asks_for_it_gets_it() -> None:
    said = policy("package p\nallow := true")
    refused = policy("package p\nallow := unknown")
    for wanted in (False, True):
        with Evaluator(jobs=1, include_raw=wanted) as evaluator:
            (good,) = evaluator.evaluate(said, [b'{"a": 1}'], Settings(AT))
            (bad,) = evaluator.evaluate(refused, [b'{"a": 1}'], Settings(AT))
        assert good.outcome.word == "passed"
        if not wanted:
            assert good.raw is bad.raw is None
            continue
        assert good.raw is not None
        assert good.raw.input.text == '{"a": 1}'
        assert good.raw.output is not None
        assert '"value"' in good.raw.output.text or '"rules"' in good.raw.output.text
        assert bad.raw is not None
        assert bad.problem is not None
