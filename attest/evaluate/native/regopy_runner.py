"""The worker's side of regopy: the only importer of that library.

The request holds the modules, data and queries; the document is the policy's input as JSON. The
answer has the shape of the Rego guest's, so that one reader serves both.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import regopy
from regopy import rego_shared

from attest.evaluate.host.job import ERROR, VALUE, Answer
from attest.evaluate.host.machine import Module
from attest.evaluate.host.runners import Task

_UNDEFINED = "undefined"
_WARM_UP = """package warm
import rego.v1
up := [input.x, crypto.sha256("a"), crypto.hmac.sha256("a", "b")]
"""
"""Its cryptography reads files when it is first used: the jail would forbid that later."""


class RegopyRunner:
    """Runner without modules."""

    def __init__(self, _modules: Sequence[Module]) -> None:
        _query(_interpreter({"modules": [_WARM_UP]}, {"x": 1}), "x = data.warm.up")

    def prepare(self, task: Task) -> None:
        """Do nothing: every document gets an interpreter of its own."""

    def evaluate(self, task: Task) -> Answer:
        """Ask every query about one document, each time in an interpreter of its own."""
        started = time.perf_counter()
        request = json.loads(task.request)
        try:
            document = _shaped(json.loads(task.document), request)
        except ValueError as error:
            return Answer(ERROR, code="INPUT_INVALID", message=str(error))
        rules = []
        for entry in request["entries"]:
            try:
                interpreter = _interpreter(request, document)
                if not interpreter.build(entry["query"]).ok():
                    return Answer(ERROR, code="POLICY_COMPILE", message="it does not compile")
            except regopy.RegoError as error:
                return Answer(ERROR, code="POLICY_COMPILE", message=str(error)[:500])
            try:
                value = _query(interpreter, entry["query"])
            except (ValueError, KeyError, regopy.RegoError) as error:
                return Answer(ERROR, code="EVAL_ERROR", message=str(error)[:500])
            rules.append({"package": entry["package"], "rule": entry["rule"], **value})
        spent = (time.perf_counter() - started) * 1e3
        body = json.dumps(_answer(request["mode"], rules), ensure_ascii=False).encode()
        return Answer(VALUE, body, duration_ms=spent)


def _answer(mode: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
    if mode != "rules" and len(rules) == 1 and "value" in rules[0]:
        return {"mode": mode, "rule": rules[0]["rule"], "value": rules[0]["value"]}
    return {"mode": mode, "rules": rules}


def _interpreter(request: dict[str, Any], document: Any) -> regopy.Interpreter:
    made = regopy.Interpreter()
    # At other levels it prints to standard output; without strictness a failed call is undefined.
    made.log_level = regopy.LogLevel.NONE
    made.strict_built_in_errors = True
    for index, text in enumerate(request["modules"]):
        made.add_module(f"module{index}.rego", text)
    if request.get("data"):
        made.add_data_json(json.dumps(request["data"], ensure_ascii=False))
    made.set_input(_escape(document))
    return made


def _query(interpreter: regopy.Interpreter, query: str) -> dict[str, Any]:
    """Return ``{"value": …}`` or ``{}``; raise ``ValueError`` on anything that is not clean.

    The wrapper's own `Output` raises on half of the failures and hides the rest.
    """
    output = rego_shared.rego_query(interpreter._impl, query)  # noqa: SLF001  # as said above
    try:
        ok, text = rego_shared.rego_output_ok(output), rego_shared.rego_output_string(output)
    finally:
        rego_shared.rego_free_output(output)
    if not ok:
        raise ValueError(f"evaluation failed: {text[:300]}")
    if text == _UNDEFINED:
        return {}
    answer = json.loads(text)
    if not isinstance(answer, dict) or set(answer) != {"expressions", "bindings"}:
        raise ValueError(f"not one answer: {text[:300]}")
    return {"value": answer["bindings"]["x"]}


def _shaped(document: Any, request: dict[str, Any]) -> Any:
    """Give the document the form that the guest's `input` gives it; refuse what that refuses."""
    if request["chainloop"] and isinstance(document, list):
        document = {"elements": document}
    members = document if isinstance(document, dict) else {}
    if request["chainloop"] and "chainloop_metadata" in members:
        raise ValueError("the document has a member `chainloop_metadata`")
    if request["arguments"] is None:
        if "args" in members:
            raise ValueError("the document has a member `args`")
        return document
    if not isinstance(document, dict):
        raise ValueError("arguments need an object")  # noqa: TRY004  # of the document
    return document | {"args": request["arguments"]}


def _escape(value: Any) -> Any:
    """Escape every string: regopy prints strings raw, so text could otherwise forge a result."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)[1:-1]
    if isinstance(value, dict):
        return {_escape(key): _escape(one) for key, one in value.items()}
    return [_escape(one) for one in value] if isinstance(value, list) else value
