"""What a policy's answer means (docs/verdict.md, rule 7).

    chainloop(bytes, name)   Chainloop's result object, as Wasm policies write it
    rego(bytes, name)        the Rego guest's answer: entry rules, one entrypoint, or that object

A pass is always said: an answer with a part missing, or of another type, is GARBAGE_RESULT. A no
without a reason still counts, as one finding. Severity and ``fail_on`` are not looked at here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from attest.errors import EngineError
from attest.evaluate import rules
from attest.evaluate.finding_types import checked
from attest.evaluate.findings import findings, garbage, kind, limit
from attest.evaluate.reading import Reading, join, said
from attest.evaluate.rules import RuleAnswer
from attest.model import strict_json
from attest.model.frozen import frozen
from attest.model.verdict import Finding, Outcome

_CHAINLOOP_MODE = "chainloop"
_RESULT_KEYS = frozenset({"violations", "findings", "skipped", "ignore"})
_NEARLY = re.compile(r"(?i:violations?|findings?|deny|skip(?:ped)?|ignored?)")
"""Members that a reader takes for those above; a no there would go unheard."""


@frozen
class _Says:
    """What a policy says of its findings: whose they are, and of which type, if of any."""

    name: str
    finding_type: str | None

    def typed(self, entries: Sequence[Any], what: str) -> Sequence[Any]:
        """Check the objects among ``entries``; a violation that is mere text is of no type."""
        if self.finding_type is None:
            return entries
        return [
            checked(entry, self.finding_type, f"{what}[{at}]") if isinstance(entry, dict) else entry
            for at, entry in enumerate(entries)
        ]


def chainloop(
    answer: bytes, name: str, *, finding_type: str | None = None, export: str | None = None
) -> Reading:
    """Read Chainloop's result object (its policy engine's ``EvaluationResult``).

    ``name`` is the policy's: the rule id of findings that name none. ``finding_type`` is what the
    policy declares. An ``export`` that the plan names may answer as a rule does. Raises
    ``EngineError`` GARBAGE_RESULT or RESULT_TOO_LARGE.
    """
    value, result = _parse(answer), answer.decode("utf-8")
    if export is not None:
        return replace(_entrypoint(value, export, _Says(name, finding_type)), result=result)
    return replace(_result_object(value, _Says(name, finding_type)), result=result)


def rego(answer: bytes, name: str, *, finding_type: str | None = None) -> Reading:
    """Read the Rego guest's answer (`guests/rego/evaluate.go`, ``verdict``).

    ``name`` and ``finding_type`` are the policy's. Raises ``EngineError`` GARBAGE_RESULT,
    RESULT_TOO_LARGE or UNDEFINED_RESULT.
    """
    document = _parse(answer)
    if not isinstance(document, dict):
        raise garbage(f"{kind(document)}, expected the guest's object")
    chain, says = document.get("mode") == _CHAINLOOP_MODE, _Says(name, finding_type)
    if "rules" in document:
        return _rules(_rule_answers(document["rules"]), says, chain=chain)
    if "value" not in document or not isinstance(rule := document.get("rule"), str):
        raise garbage("the guest's object has neither rules nor a value")
    value = document["value"]
    read = _result_object(value, says) if chain else _entrypoint(value, rule, says)
    return replace(read, result=strict_json.members(answer)["value"].decode("utf-8"))


def _parse(answer: bytes) -> Any:
    try:
        return strict_json.parse(answer)
    except ValueError as error:
        raise garbage(f"not strict JSON: {error}") from None


def _result_object(value: Any, says: _Says) -> Reading:
    if not isinstance(value, dict):
        raise garbage(f"{kind(value)}, expected an object with `violations` or `findings`")
    if strays := [key for key in value if key not in _RESULT_KEYS and _NEARLY.fullmatch(key)]:
        raise garbage(f"`{strays[0]}` looks like a member that decides, and is none")
    skipped, ignored = _boolean(value, "skipped"), _boolean(value, "ignore")
    reason = value.get("skip_reason", "")
    if not isinstance(reason, str):
        raise garbage(f"`skip_reason` is {kind(reason)}, expected text")
    if "violations" not in value and "findings" not in value and not skipped and not ignored:
        raise garbage("it has neither `violations` nor `findings`")
    found = _objections(value, says)
    reasons = (reason,) if reason else ()
    if any(not one.suppressed for one in found):
        return Reading(Outcome.FAILED, found, reasons, ignored)
    if skipped or ignored:
        why = "the policy asked to be ignored" if ignored else "the policy gave no reason"
        return Reading(Outcome.SKIPPED, found, reasons or (why,), ignored)
    return Reading(Outcome.PASSED, found)


def _boolean(value: Mapping[str, Any], key: str) -> bool:
    flag = value.get(key, False)
    if not isinstance(flag, bool):
        raise garbage(f"`{key}` is {kind(flag)}, expected true or false")
    return flag


def _objections(value: Mapping[str, Any], says: _Says) -> tuple[Finding, ...]:
    """Findings, and those violations that are not only the text of one.

    Chainloop drops every violation where there is a finding; a no must not get lost that way, nor
    under a finding that does not count, nor with a severity of its own.
    """
    detailed, stated = _list(value, "findings"), _list(value, "violations")
    if bad := [one for one in detailed if not isinstance(one, dict)]:
        raise garbage(f"`findings` holds {kind(bad[0])}, expected objects")
    limit(len(detailed) + len(stated), "`violations` and `findings`")
    found = findings(says.typed(detailed, "findings"), says.name, "findings")
    known = {one.message for one in found if not one.suppressed}
    more = findings(says.typed(stated, "violations"), says.name, "violations")
    repeats = (isinstance(entry, str) and entry in known for entry in stated)
    return (*found, *(one for one, repeated in zip(more, repeats, strict=True) if not repeated))


def _list(value: Mapping[str, Any], key: str) -> Sequence[Any]:
    entries = value.get(key, [])
    if not isinstance(entries, list):
        raise garbage(f"`{key}` is {kind(entries)}, expected an array")
    return entries


def _entrypoint(value: Any, rule: str, says: _Says) -> Reading:
    """The one rule that was named: a boolean, a conftest rule, or a result object."""
    if rules.family(rule) is not None:
        return rules.rule(RuleAnswer("", rule, value))
    if isinstance(value, bool):
        return said(rule, yes=value)
    if isinstance(value, dict) and value.keys() & _RESULT_KEYS:
        return _result_object(value, says)
    raise garbage(f"rule {rule} is {kind(value)}, expected a boolean or a result object")


def _rule_answers(listed: Any) -> list[RuleAnswer]:
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise garbage("the guest's rules are not a list of objects")
    return [
        RuleAnswer(str(one.get("package", "")), str(one.get("rule", "")), one["value"])
        if "value" in one
        else RuleAnswer(str(one.get("package", "")), str(one.get("rule", "")))
        for one in listed
    ]


def _rules(answers: list[RuleAnswer], says: _Says, *, chain: bool) -> Reading:
    if not answers:
        raise garbage("the guest names no rule")
    if chain:
        read = join([_script(one, says) for one in answers])
        limit(len(read.findings), "the scripts' answer")
    else:
        read = rules.rules(answers)
    values = {one.label: one.value for one in answers if one.defined}
    return replace(read, result=json.dumps(values, ensure_ascii=False, separators=(",", ":")))


def _script(answer: RuleAnswer, says: _Says) -> Reading:
    if not answer.defined:
        raise EngineError("UNDEFINED_RESULT", f"{answer.label} is undefined for this document")
    return _result_object(answer.value, says)
