"""What a policy is passed: the inputs it declares, from the plan or by default."""

from __future__ import annotations

from collections.abc import Iterable

from attest.errors import UsageError
from attest.model.arguments import Value, fill, split
from attest.model.policy import Arguments, Input, Policy


def bind(policy: Policy, given: Arguments) -> Arguments:
    """Return the arguments for ``policy``; raise ARGUMENT_MISSING for a required one.

    A policy that declares inputs gets those alone; one that declares none gets all. One in a group
    gets what the group passes on, filled in from the group's own inputs (Chainloop, "Arguments").
    """
    attachment = policy.attachment
    if attachment is None:
        return _inputs(policy.inputs, given, policy.name) if policy.inputs else dict(given)
    inputs = _inputs(attachment.inputs, given, attachment.group)
    filled = ((name, fill(text, inputs)) for name, text in attachment.arguments)
    passed = {name: value for name, value in filled if value is not None}
    return _inputs(policy.inputs, passed, policy.name) if policy.inputs else passed


def _inputs(declared: tuple[Input, ...], given: Arguments, name: str) -> Arguments:
    """Return the declared inputs alone.

    An empty list that is given takes the place of a default, but is not what a required one needs.
    """
    bound: dict[str, Value] = {}
    for one in declared:
        value = None if given.get(one.name) == "" else given.get(one.name)
        if value is None and one.default is not None:
            value = split(one.default)
        if value or (value is not None and not one.required):
            bound[one.name] = value
        elif one.required:
            message = f"policy {name} requires the argument {one.name!r}"
            raise UsageError("ARGUMENT_MISSING", message, where=name)
    return bound


def refuse_unknown(policies: Iterable[Policy], given: Arguments, where: str) -> None:
    """Raise ARGUMENT_UNKNOWN for an argument that no policy or group of a bundle would receive."""
    known: set[str] = set()
    for policy in policies:
        inputs = policy.attachment.inputs if policy.attachment else policy.inputs
        if not inputs and not policy.attachment:
            return
        known |= {declared.name for declared in inputs}
    for name in given:
        if name not in known:
            choices = ", ".join(sorted(known)) or "none"
            raise UsageError(
                "ARGUMENT_UNKNOWN", f"no policy declares {name!r}; declared: {choices}", where=where
            )
