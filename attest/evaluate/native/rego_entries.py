"""Which rules of a Rego policy decide, found by reading its text: the same contract as the guest's.

Rule heads are looked for at the start of lines. A head that is missed makes the two engines
disagree, which is an error, never a pass.
"""

from __future__ import annotations

import re

from attest.model.frozen import frozen
from attest.model.policy import Policy

CHAINLOOP, ENTRYPOINT, RULES = "chainloop", "entrypoint", "rules"

_PACKAGE = re.compile(r"(?m)^[ \t]*package[ \t]+([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)[ \t]*(?:#.*)?$")
_NAME = re.compile(r"[A-Za-z_]\w*(?:(?:/[A-Za-z_]\w*)+|(?:\.[A-Za-z_]\w*)+)", re.ASCII)
_HEAD = re.compile(
    r"(?m)^[ \t]*(?:default[ \t]+)?([A-Za-z_]\w*)"
    r"(?=[ \t]*(?::?=(?!=)|\{|\[|\.|\bif\b|\bcontains\b|[ \t]*$))"
)
_DECIDES = re.compile(r"(?:deny|violation|warn)(?:_[a-zA-Z0-9]+)*|allow|exception")
_NEARLY = re.compile(r"(?i:deny|violation|warn)(?:[_A-Z0-9].*)?|(?i:allow)")
_OBJECTS = frozenset({"result", "violations", "findings"})
"""The rules that can say no under Chainloop's contract."""
_BOILERPLATE = (
    ("skip_reason", 'default skip_reason := ""'),
    (
        "skip_reason",
        'skip_reason := "the file content is not recognized" if { not valid_input }',
    ),
    ("valid_input", "default valid_input := true"),
    ("skipped", "default skipped := true"),
    ("skipped", "skipped := false if valid_input"),
    ("ignore", "default ignore := false"),
    ("violations", "default violations := []"),
)
"""Chainloop's boilerplate, as `guests/rego/chainloop.go` has it."""
_RESULT_KEYS = ("skipped", "violations", "skip_reason", "ignore")


class NotReadError(Exception):
    """The text is not in the form that this reader understands."""


@frozen
class Entry:
    """One rule that is asked about every document."""

    package: str
    rule: str

    @property
    def query(self) -> str:
        """The rule bound to a variable: a bare query reads false as undefined."""
        return f"x = data.{self.package}.{self.rule}"


@frozen
class Program:
    """Modules as they are evaluated, the contract they answer under, the rules that decide."""

    mode: str
    modules: tuple[str, ...]
    entries: tuple[Entry, ...]


def program(policy: Policy) -> Program:
    """Return what to ask about ``policy``; raise ``NotReadError`` when its text is not clear."""
    texts = [file.content.decode("utf-8") for file in policy.code]
    packages = [_package(text) for text in texts]
    names = [frozenset(_HEAD.findall(text)) for text in texts]
    mode = _mode(policy, names)
    if mode == ENTRYPOINT:
        return Program(mode, tuple(texts), (_named(str(policy.entrypoint)),))
    _refuse_unclear(texts[: 1 if policy.chainloop else None], mode)
    if mode == RULES:
        found = {
            Entry(package, name)
            for package, heads in zip(packages, names, strict=True)
            for name in heads
            if _DECIDES.fullmatch(name)
        }
        entries = sorted(found, key=lambda one: (one.package, one.rule))
        return Program(mode, tuple(texts), tuple(entries))
    scripts = [
        at for at, heads in enumerate(names) if (at == 0 if policy.chainloop else heads & _OBJECTS)
    ]
    for at in scripts:
        texts[at] += _missing(names[at])
    unique = dict.fromkeys(Entry(packages[at], "result") for at in scripts)
    return Program(mode, tuple(texts), tuple(unique))


def _named(entrypoint: str) -> Entry:
    """A query is text, and regopy ignores a query that it cannot parse: only plain names."""
    package, _, rule = entrypoint.replace("/", ".").rpartition(".")
    if not _NAME.fullmatch(entrypoint):
        raise NotReadError(f"the entrypoint {entrypoint!r} is not made of plain names")
    return Entry(package, rule)


def _package(text: str) -> str:
    found = _PACKAGE.search(text)
    if found is None:
        raise NotReadError("its package clause is not in a plain form")
    return found[1]


def _mode(policy: Policy, names: list[frozenset[str]]) -> str:
    if policy.entrypoint:
        return ENTRYPOINT
    every = frozenset().union(*names)
    if policy.chainloop or (every & _OBJECTS and not any(map(_is_conftest, every))):
        return CHAINLOOP
    return RULES


def _is_conftest(name: str) -> bool:
    return _DECIDES.fullmatch(name) is not None and name != "exception"


def _refuse_unclear(texts: list[str], mode: str) -> None:
    """Refuse what the guest calls ENTRY_AMBIGUOUS; an indented line may be a rule's body."""
    heads = {head[1] for text in texts for head in _HEAD.finditer(text) if not head[0][0].isspace()}
    known = _OBJECTS if mode == CHAINLOOP else {name for name in heads if _is_conftest(name)}
    for name in sorted(heads - known):
        if _NEARLY.fullmatch(name) or name in _OBJECTS:
            raise NotReadError(f"{name} looks like a rule that decides, but it is not asked")


def _missing(existing: frozenset[str]) -> str:
    lines = [line for rule, line in _BOILERPLATE if rule not in existing]
    if "result" not in existing:
        keys = (*_RESULT_KEYS, "findings") if "findings" in existing else _RESULT_KEYS
        members = ", ".join(f'"{key}": {key}' for key in keys)
        lines.insert(0, f"result := {{{members}}}")
    return "\n" + "\n".join(lines) + "\n"
