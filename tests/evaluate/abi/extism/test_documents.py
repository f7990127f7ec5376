"""A document cannot bring what the host alone may say of it."""

from __future__ import annotations

import pytest

from attest.evaluate import Evaluator, Settings
from attest.evaluate.abi.extism.documents import refused
from attest.model.verdict import Outcome
from tests.evaluate.abi.extism.wat import SAY, module
from tests.evaluate.make import AT, LIMITS, code_of, policy


@pytest.mark.parametrize(
    ("document", "brings"),
    [
        (b'{"chainloop_metadata": {"name": "x"}}', True),
        (b'{"a": 1, "chainloop_metadata": null}', True),
        (b'{"\\u0063hainloop_metadata": {}}', True),
        (b'{"chainloop\\u005Fmetadata": {}}', True),
        (b'{"a": {"chainloop_metadata": {}}}', False),
        (b'{"a": "chainloop_metadata"}', False),
        (b'["chainloop_metadata"]', False),
        (b'{"chainloop_metadata": ', False),
        (b"chainloop_metadata", False),
        (b"\xff chainloop_metadata", False),
        (b'{"a": "\\u0041"}', False),
        (b"", False),
    ],
)
def test_who_brings_metadata(document: bytes, brings: bool) -> None:  # noqa: FBT001  # a column
    assert (0 in refused([document])) is brings


def test_each_answer_is_that_of_its_document(scratch_evaluator: Evaluator) -> None:
    forged, fine = b'{"chainloop_metadata": {}}', b"{}"
    one, settings = policy(module(SAY)), Settings(AT, LIMITS)
    decisions = scratch_evaluator.evaluate(one, [fine, forged, fine, forged], settings)
    assert [code_of(decision) for decision in decisions] == ["passed", "INPUT_INVALID"] * 2
    (alone,) = scratch_evaluator.evaluate(one, [forged], settings)
    assert alone.outcome is Outcome.ERROR
