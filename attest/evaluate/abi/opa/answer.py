"""What a program's answer means: its result sets, put into the form of the Rego guest's answer.

A result set is ``[{"result": V}]``, or ``[]`` when the rule is undefined. A program cannot say
whether an entrypoint is a rule or a package, and a package's value lacks the rules that are
undefined: an object is therefore believed only where it cannot hide one.
"""

from __future__ import annotations

import json
from typing import Any

from attest.errors import EngineError
from attest.evaluate import contract, rules
from attest.evaluate.abi.opa.entries import RESULT, split
from attest.evaluate.findings import garbage, kind
from attest.evaluate.reading import Reading
from attest.model import strict_json


def read(answer: bytes, name: str, *, finding_type: str | None = None) -> Reading:
    """Read the runner's answer; ``name`` and ``finding_type`` are the policy's.

    Raises ``EngineError`` GARBAGE_RESULT, RESULT_TOO_LARGE or UNDEFINED_RESULT.
    """
    said = json.loads(answer)
    values = {one: _value(one, text) for one, text in said["answers"].items()}
    if said["declared"] or said["chainloop"]:
        ((entrypoint, value),) = values.items()
        mode = "entrypoint" if said["declared"] else "chainloop"
        if value is None:
            package, rule = split(entrypoint)
            raise EngineError(
                "UNDEFINED_RESULT", f"{package}.{rule} is undefined for this document"
            )
        guests = _object(mode=mode, rule=split(entrypoint)[1], value=value)
        return contract.rego(guests, name, finding_type=finding_type)
    answers = [_rule(entrypoint, value) for entrypoint, value in values.items()]
    guests = b'{"mode":"rules","rules":[' + b",".join(answers) + b"]}"
    return contract.rego(guests, name, finding_type=finding_type)


def _rule(entrypoint: str, value: bytes | None) -> bytes:
    package, rule = split(entrypoint)
    if value is None:
        return _object(package=package, rule=rule)
    return _object(package=package, rule=rule, value=value)


def _object(*, value: bytes | None = None, **texts: str) -> bytes:
    """Return a JSON object of texts, and of a value that stands there as it was given."""
    members = [f"{json.dumps(key)}:{json.dumps(text)}".encode() for key, text in texts.items()]
    if value is not None:
        members.append(b'"value":' + value)
    return b"{" + b",".join(members) + b"}"


def _value(entrypoint: str, text: str) -> bytes | None:
    """Return the one value of a result set as it was written, ``None`` when there is none."""
    content = text.strip(" \t\r\n").encode()
    try:
        results = strict_json.parse(content)
    except ValueError as error:
        raise garbage(f"{entrypoint}: not strict JSON: {error}") from None
    if results == []:
        return None
    one = results[0] if isinstance(results, list) and len(results) == 1 else None
    if not isinstance(one, dict) or one.keys() != {"result"}:
        raise garbage(f"{entrypoint}: expected one result, seen {text[:100]!r}")
    _require_rule(entrypoint, one["result"])
    return strict_json.members(content[1:-1].strip())["result"]


def _require_rule(entrypoint: str, value: Any) -> None:
    """Refuse an object that may be a package, some of whose rules are undefined and thus silent."""
    rule = split(entrypoint)[1]
    if not isinstance(value, dict) or rule == RESULT:
        return
    if value and rules.family(rule) is not None:
        return
    raise garbage(
        f"{entrypoint} is {kind(value)}, which a package could be; expected a boolean, a set of "
        "messages, or a rule called `result`"
    )
