"""What a policy is passed: the inputs it declares, from the plan or by default."""

from __future__ import annotations

from collections.abc import Iterable

from attest.errors import UsageError
from attest.model.policy import Arguments, Policy


def bind(policy: Policy, given: Arguments) -> Arguments:
    """Return the arguments for ``policy``; raise ARGUMENT_MISSING for a required one.

    A policy that declares inputs gets those alone; one that declares none gets all (Chainloop,
    "Arguments").
    """
    if not policy.inputs:
        return dict(given)
    bound: dict[str, str | tuple[str, ...]] = {}
    for declared in policy.inputs:
        if declared.name in given:
            bound[declared.name] = given[declared.name]
        elif declared.default is not None:
            bound[declared.name] = declared.default
        elif declared.required:
            raise UsageError(
                "ARGUMENT_MISSING",
                f"policy {policy.name} requires the argument {declared.name!r}",
                where=policy.name,
            )
    return bound


def refuse_unknown(policies: Iterable[Policy], given: Arguments, where: str) -> None:
    """Raise ARGUMENT_UNKNOWN for an argument that no policy of a bundle would receive."""
    known: set[str] = set()
    for policy in policies:
        if not policy.inputs:
            return
        known |= {declared.name for declared in policy.inputs}
    for name in given:
        if name not in known:
            choices = ", ".join(sorted(known))
            raise UsageError(
                "ARGUMENT_UNKNOWN", f"no policy declares {name!r}; declared: {choices}", where=where
            )
