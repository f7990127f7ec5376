"""Chainloop's ``PolicyGroup`` (chainloop, workflowcontract/v1/crafting_schema.proto).

Materials are told apart by their type. The names that Chainloop gives to materials are chosen by
whoever adds one and are not in signed content, so that they select nothing here; where only a name
could tell two materials apart, the group is refused. So is what would switch a policy off or let
its objections pass: that is for the plan to say, where it is listed.
"""

from __future__ import annotations

from collections import Counter

from attest.decode.policies.chainloop import KINDS, Declared, inputs, one_of, read, resource
from attest.decode.policies.fields import CODE, Fields
from attest.decode.shape import Shape
from attest.errors import DecodeError
from attest.model.arguments import placeholders
from attest.model.frozen import frozen
from attest.model.policy import Input

_ATTESTATION = "ATTESTATION"
_MATERIAL = ("type", "name", "optional", "matchMode", "policies")
_ATTACHMENT = ("ref", "embedded", "selector", "disabled", "with", "requirements", "gate")
_MATCH_MODES = ("EXACT", "PREFIX")
_TO_THE_PLAN = {
    "disabled": (True, "a policy that is not wanted is left out, or named by `skip` in the plan"),
    "gate": (False, "whether objections block is for `enforce` in the plan to say"),
}
"""Field -> the value that would relax a check, and where to say that instead."""


@frozen
class Member:
    """One policy of a group, for materials of ``kind`` (``None``: whatever its scripts ask for).

    Exactly one of ``ref`` and ``policy`` is set. ``arguments`` may hold placeholders.
    """

    kind: str | None
    ref: str | None
    policy: Declared | None
    arguments: tuple[tuple[str, str], ...]
    pointer: str


@frozen
class Group:
    """One PolicyGroup, read."""

    name: str
    description: str | None
    version: str | None
    inputs: tuple[Input, ...]
    members: tuple[Member, ...]


def read_group(document: object) -> Group:
    """Check a PolicyGroup; raise `DecodeError` (POLICY_INVALID, POLICY_UNSUPPORTED)."""
    about, place = resource(document, "PolicyGroup")
    spec = Fields.of(place.value, place.pointer, ("policies", "inputs"))
    declared = inputs(spec.at("inputs"))
    policies = Fields.of(
        spec.at("policies").value, spec.at("policies").pointer, ("materials", "attestation")
    )
    names = frozenset(one.name for one in declared)
    members = [*_materials(policies.at("materials"), names)]
    members += [_member(one, _ATTESTATION, names) for one in policies.at("attestation").items()]
    if not members:
        raise policies.place.refuse("at least one policy")
    return Group(about.name, about.description, about.version, declared, tuple(members))


def _materials(place: Shape, names: frozenset[str]) -> list[Member]:
    members: list[Member] = []
    named: Counter[str] = Counter()
    for entry in place.items():
        material = Fields.of(entry.value, entry.pointer, _MATERIAL)
        kind, name = material.at("type"), material.at("name")
        one_of(kind, KINDS)
        one_of(material.at("matchMode"), _MATCH_MODES)
        _flag(material.at("optional"))
        if name.optional_text() is not None:
            _check_template(name, names)
            if kind.value is None:
                raise entry.refuse("a `type` beside `name`")
            named[kind.value] += 1
            if named[kind.value] > 1:
                raise _unsupported(name, "two materials of one type that only a name tells apart")
        attached = material.at("policies").items()
        if not attached:
            raise _unsupported(
                entry, "a material without policies; the plan's `required` asks for it"
            )
        members += [_member(one, kind.value, names) for one in attached]
    return members


def _member(entry: Shape, kind: str | None, names: frozenset[str]) -> Member:
    fields = Fields.of(entry.value, entry.pointer, _ATTACHMENT)
    ref, embedded = fields.at("ref"), fields.at("embedded")
    if (ref.value is None) == (embedded.value is None):
        raise entry.refuse("exactly one of ref and embedded")
    for field, (relaxed, instead) in _TO_THE_PLAN.items():
        if _flag(fields.at(field)) is relaxed:
            raise _unsupported(fields.at(field), instead)
    if fields.at("selector").value is not None:
        raise _unsupported(
            fields.at("selector"),
            "names that Chainloop gives to materials are not signed; `applies_to` in the plan "
            "selects by names from signed content",
        )
    for requirement in fields.at("requirements").items():
        requirement.text()
    return Member(
        kind=kind,
        ref=ref.optional_text(),
        policy=read(embedded.value, embedded.pointer) if embedded.value is not None else None,
        arguments=_arguments(fields.at("with"), names),
        pointer=entry.pointer,
    )


def _arguments(place: Shape, names: frozenset[str]) -> tuple[tuple[str, str], ...]:
    if place.value is None:
        return ()
    for name in place.object().value:
        _check_template(place.at(name), names)
    return tuple(place.value.items())


def _check_template(place: Shape, names: frozenset[str]) -> None:
    """Refuse a placeholder for an input that the group does not declare: it would be empty."""
    if not isinstance(place.value, str):
        raise place.refuse("a string: put it in quotes")
    try:
        unknown = [name for name in placeholders(place.value) if name not in names]
    except ValueError as error:
        raise _unsupported(place, str(error)) from None
    if unknown:
        choices = ", ".join(sorted(names)) or "none"
        message = f"{place.pointer}: no input {unknown[0]!r}; declared: {choices}"
        raise DecodeError(CODE, message)


def _flag(place: Shape) -> bool | None:
    if place.value is not None and not isinstance(place.value, bool):
        raise place.refuse("true or false")
    return place.value


def _unsupported(place: Shape, why: str) -> DecodeError:
    return DecodeError("POLICY_UNSUPPORTED", f"{place.pointer}: {why}")
