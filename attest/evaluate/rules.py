"""Conftest's entry rules: deny and violation object, warn comments, allow permits.

``deny_x`` belongs to the family of ``deny``. ``exception`` lists the suffixes of rules whose
objections are excepted: these stay listed, suppressed (conftest, "Exceptions").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from attest.errors import EngineError
from attest.evaluate.findings import findings, garbage, kind, limit
from attest.evaluate.reading import Reading, join, said
from attest.model.frozen import frozen
from attest.model.verdict import Outcome, Severity

_OBJECTING = frozenset({"deny", "violation"})
_WARNING = "warn"
_EXCEPTION = "exception"
_ABSENT = object()


@frozen
class RuleAnswer:
    """One entry rule and its value; `ABSENT` when it is undefined."""

    package: str
    rule: str
    value: Any = _ABSENT

    @property
    def label(self) -> str:
        """The rule's full name."""
        return f"{self.package}.{self.rule}" if self.package else self.rule

    @property
    def defined(self) -> bool:
        """Whether the rule has a value for the document."""
        return self.value is not _ABSENT


def family(rule: str) -> str | None:
    """Return ``deny``, ``violation`` or ``warn`` where the rule is one of these, else ``None``."""
    stem = rule.partition("_")[0]
    return stem if stem in _OBJECTING or stem == _WARNING else None


def rules(answers: Sequence[RuleAnswer]) -> Reading:
    """Read all entry rules of one policy.

    Raises ``EngineError`` GARBAGE_RESULT, RESULT_TOO_LARGE or UNDEFINED_RESULT.
    """
    excepted = {
        (one.package, suffix)
        for one in answers
        if one.rule == _EXCEPTION and one.defined
        for suffix in _suffixes(one)
    }
    judged = [one for one in answers if one.rule != _EXCEPTION]
    read = [_rule(one, excepted=_key(one) in excepted) for one in judged]
    limit(sum(len(one.findings) for one in read), "the rules' answer")
    return join(read)


def rule(answer: RuleAnswer) -> Reading:
    """Read one entry rule alone."""
    return _rule(answer, excepted=False)


def _key(answer: RuleAnswer) -> tuple[str, str]:
    return answer.package, answer.rule.partition("_")[2]


def _rule(answer: RuleAnswer, *, excepted: bool) -> Reading:
    its_family = family(answer.rule)
    if not answer.defined:
        if its_family == _WARNING:
            return _warned(answer, ())
        raise EngineError("UNDEFINED_RESULT", f"{answer.label} is undefined for this document")
    if its_family is None:
        if not isinstance(answer.value, bool):
            raise garbage(f"{answer.label} is {kind(answer.value)}, expected a boolean")
        return said(answer.label, yes=answer.value)
    entries = _entries(answer)
    if its_family == _WARNING:
        return _warned(answer, entries)
    # `suppress` is Chainloop's word: here it would let whoever wrote the document empty the set.
    found = findings(entries, answer.label, answer.label)
    found = tuple(replace(one, suppressed=excepted) for one in found)
    return Reading(Outcome.FAILED if found and not excepted else Outcome.PASSED, found)


def _warned(answer: RuleAnswer, entries: Sequence[Any]) -> Reading:
    """A comment never blocks, whatever severity it gives itself; alone it decides nothing."""
    found = findings(entries, answer.label, answer.label)
    listed = tuple(replace(one, severity=Severity.INFO, suppressed=True) for one in found)
    return Reading(Outcome.SKIPPED, listed, ("the policy has only warn rules",))


def _entries(answer: RuleAnswer) -> Sequence[Any]:
    """A rule's objections: a set, a partial object's values, one text, or true for one."""
    value = answer.value
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [key if entry is True else entry for key, entry in value.items()]
    if isinstance(value, str):
        return [value]
    if isinstance(value, bool):
        return [f"{answer.label} is true"] if value else []
    raise garbage(f"{answer.label} is {kind(value)}, expected a set of messages")


def _suffixes(answer: RuleAnswer) -> list[str]:
    groups = answer.value if isinstance(answer.value, list) else None
    if groups is None or not all(isinstance(group, list) for group in groups):
        raise garbage(f"{answer.label} is not a set of lists of rule names")
    names = [name for group in groups for name in group]
    if not all(isinstance(name, str) for name in names):
        raise garbage(f"{answer.label} is not a set of lists of rule names")
    return names
