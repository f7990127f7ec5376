"""From Chainloop's documents in a bundle to its policies.

A Policy is one policy for each of its scripts. A Policy that a PolicyGroup uses is asked as the
group says; any other is asked by itself.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from attest.decode.policies import chainloop
from attest.decode.policies.chainloop import Declared
from attest.decode.policies.fields import CODE
from attest.decode.policies.group import Group, Member, read_group
from attest.decode.policies.scripts import find, resolve
from attest.decode.policies.unit import unit
from attest.errors import DecodeError
from attest.model.digest import Digest
from attest.model.policy import Attachment, Claims, File, Policy


@dataclass(slots=True)
class _Bundle:
    """What is read so far; ``used`` are the paths that a declaration names."""

    files: Mapping[str, File]
    data: tuple[File, ...]
    claims: Claims
    policies: dict[str, Declared] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)


def from_declarations(
    documents: Mapping[str, Any], files: Mapping[str, File], data: tuple[File, ...], claims: Claims
) -> tuple[tuple[Policy, ...], frozenset[str]]:
    """Return the policies that ``documents`` (by path) declare, and the files that they name.

    Raises `DecodeError` POLICY_INVALID, POLICY_UNSUPPORTED, REF_UNPINNED.
    """
    bundle = _Bundle(files, data, claims)
    for path, document in sorted(documents.items()):
        with _at(path):
            if chainloop.kind_of(document) == "Policy":
                bundle.policies[path] = chainloop.read(document)
            else:
                bundle.groups[path] = read_group(document)
    _check_names(bundle)
    found: list[Policy] = []
    grouped: set[str] = set()
    for path, group in bundle.groups.items():
        with _at(path):
            found += _of_group(bundle, path, group, grouped)
    for path, declared in bundle.policies.items():
        if path not in grouped:
            with _at(path):
                found += _scripts(bundle, path, declared, declared.name)
    return tuple(found), frozenset(bundle.used)


def _check_names(bundle: _Bundle) -> None:
    names = [one.name for one in bundle.policies.values()]
    names += [one.name for one in bundle.groups.values()]
    for name, count in Counter(names).items():
        if count > 1:
            raise DecodeError(CODE, f"{count} policies of the bundle are named {name!r}")


class _at:  # noqa: N801  # reads as a word
    """Say in which file an error was found, unless it says so itself."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DecodeError):
            error.where = error.where or self._path


def _of_group(bundle: _Bundle, path: str, group: Group, grouped: set[str]) -> list[Policy]:
    found: list[Policy] = []
    taken: Counter[str] = Counter()
    about = dataclasses.replace(
        bundle, claims=_claims(bundle.claims, group.version, group.description)
    )
    for member in group.members:
        place, declared = _member(bundle, path, member)
        grouped.add(place)
        _check_arguments(member, declared)
        name = f"{group.name}/{declared.name}"
        taken[name] += 1
        name = name if taken[name] == 1 else f"{name}/{taken[name]}"
        attachment = Attachment(group.name, group.inputs, member.arguments)
        chosen = [
            dataclasses.replace(
                policy,
                kinds=(member.kind,) if member.kind else policy.kinds,
                declared=f"{path}{member.pointer}",
                attachment=attachment,
            )
            for policy in _scripts(about, place, declared, name)
            if not (member.kind and policy.kinds) or member.kind in policy.kinds
        ]
        if not chosen:
            message = f"{member.pointer}: {declared.name} has no script for {member.kind}"
            raise DecodeError(CODE, message)
        found += chosen
    return found


def _member(bundle: _Bundle, path: str, member: Member) -> tuple[str, Declared]:
    """Return the policy that a group names, and the file it stands in."""
    if member.policy is not None:
        return path, member.policy
    ref = member.ref or ""
    name, _, pin = ref.partition("@sha256:")
    for place, declared in bundle.policies.items():
        if declared.name == name and pin in ("", Digest.of(bundle.files[place].content).value):
            return place, declared
    file = find(ref, path, bundle.files, "ref")
    if file.path not in bundle.policies:
        message = f"{member.pointer}/ref: expected a Policy, {file.path} is none"
        raise DecodeError(CODE, message)
    return file.path, bundle.policies[file.path]


def _check_arguments(member: Member, declared: Declared) -> None:
    """A group passes on what the policy declares, and all that it requires."""
    names = {one.name for one in declared.inputs}
    passed = {name for name, _ in member.arguments}
    wrong = sorted(passed - names) if names else []
    missing = sorted(one.name for one in declared.inputs if one.required and one.name not in passed)
    if wrong or missing:
        what = f"has no input {wrong[0]!r}" if wrong else f"requires the input {missing[0]!r}"
        raise DecodeError(CODE, f"{member.pointer}/with: {declared.name} {what}")


def _scripts(bundle: _Bundle, path: str, declared: Declared, name: str) -> list[Policy]:
    """Return one policy for each script of ``declared``, which stands in the file at ``path``."""
    scripts = [*declared.scripts, *([declared.auto_match] if declared.auto_match else [])]
    code = [resolve(script, path, at, bundle.files) for at, script in enumerate(scripts)]
    bundle.used.update(
        file.path
        for script, file in zip(scripts, code, strict=True)
        if script.source != chainloop.EMBEDDED
    )
    claims = _claims(bundle.claims, declared.version, declared.description)
    return [
        dataclasses.replace(
            unit(called, (file,), bundle.data, claims),
            kinds=(script.kind,) if script.kind else (),
            inputs=declared.inputs,
            engine=declared.engine,
            chainloop=True,
            finding_type=declared.finding_type,
            capabilities=declared.capabilities,
            declared=path,
        )
        for called, script, file in zip(
            _names(name, declared), declared.scripts, code, strict=False
        )
    ]


def _names(name: str, declared: Declared) -> Iterable[str]:
    """Name each script: the policy's own name alone when there is one script."""
    if len(declared.scripts) == 1:
        return [name]
    names = [f"{name}/{script.kind or 'any'}" for script in declared.scripts]
    counted: Counter[str] = Counter()
    for at, one in enumerate(names):
        counted[one] += 1
        if counted[one] > 1:
            names[at] = f"{one}/{counted[one]}"
    return names


def _claims(claims: Claims, version: str | None, description: str | None) -> Claims:
    return dataclasses.replace(
        claims,
        version=version or claims.version,
        description=description or claims.description,
    )
