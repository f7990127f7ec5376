"""Which rules a SARIF run executed, as opposed to merely knowing them.

A tool may list rules that it was told to leave out (§3.19.23, §3.50.2, §3.51). Where a log is
ambiguous the rule does not count: a requirement then stays unmet, which is the safe side.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attest.model.frozen import frozen

_NOT_EVALUATED = "notApplicable"  # §3.27.9
_MAX_LEVELS = 8
"""Components of a hierarchical rule id (§3.5.4) that are told apart."""


@frozen
class _Overrides:
    """What the invocations say about rules (§3.20.5).

    ``disabled`` by any of them, ``enabled`` by every one. ``all`` is set when a reference dangles.
    """

    disabled: frozenset[str | int]
    enabled: frozenset[str]
    all: bool

    @classmethod
    def of(cls, invocations: list[dict[str, Any]]) -> _Overrides:
        disabled: set[str | int] = set()
        enabled: list[set[str]] = []
        dangling = False
        for invocation in invocations:
            enabled.append(set())
            for override in invocation.get("ruleConfigurationOverrides", []):
                answer = override["configuration"].get("enabled")
                descriptor = override["descriptor"]
                if answer is False:
                    disabled |= _names(descriptor)
                    dangling = dangling or not _names(descriptor)
                elif answer and "toolComponent" not in descriptor and "id" in descriptor:
                    enabled[-1].add(descriptor["id"])
        everywhere = set.intersection(*enabled) if enabled else set()
        return cls(frozenset(disabled), frozenset(everywhere), dangling)

    def let_run(self, rule: dict[str, Any], index: int, *, in_driver: bool) -> bool:
        """Tell whether ``rule`` ran: nothing may mean it (by id, guid, or index) and disable it."""
        if self.all or not self.disabled.isdisjoint({rule["id"], rule.get("guid", ""), index}):
            return False
        by_default = rule.get("defaultConfiguration", {}).get("enabled", True)
        return bool(by_default) or (in_driver and rule["id"] in self.enabled)


def executed(run: dict[str, Any]) -> frozenset[str]:
    """Return the ids of the rules that ``run`` (valid against the schema) evaluated.

    A rule counts when it has a result, other than ``notApplicable`` or one that is there only since
    an earlier scan saw it (``baselineState: absent``). A listed rule counts unless an invocation
    disables it, or it is off by default and not every invocation enables it.
    """
    tool = run["tool"]
    driver = tool["driver"].get("rules", [])
    overrides = _Overrides.of(run.get("invocations", []))
    found = {
        rule["id"]
        for component in (tool["driver"], *tool.get("extensions", []))
        for index, rule in enumerate(component.get("rules", []))
        if overrides.let_run(rule, index, in_driver=component is tool["driver"])
    }
    for result in run["results"]:
        if result.get("kind") != _NOT_EVALUATED and result.get("baselineState") != "absent":
            found.update(_rule_of(result, driver))
    return frozenset(found)


def _names(descriptor: dict[str, Any]) -> set[str | int]:
    """Return all that a reference (§3.52) may mean: ids, a guid, an index."""
    found: set[str | int] = set()
    if "id" in descriptor:
        found.update(_ancestry(descriptor["id"]))
    if "guid" in descriptor:
        found.add(descriptor["guid"])
    if descriptor.get("index", -1) >= 0:
        found.add(descriptor["index"])
    return found


def _ancestry(name: str) -> Iterator[str]:
    """Yield a hierarchical id (§3.5.4) and those above it: ``CA1000/1``, ``CA1000``."""
    for _ in range(_MAX_LEVELS):
        yield name
        name, slash, _ = name.rpartition("/")
        if not slash:
            return


def _rule_of(result: dict[str, Any], driver: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the ids of a result's rule (§3.27.5 to §3.27.7)."""
    reference = result.get("rule", {})
    name = result.get("ruleId") or reference.get("id")
    if name:
        yield from _ancestry(name)
        return
    index = result.get("ruleIndex", reference.get("index", -1))
    if "toolComponent" not in reference and 0 <= index < len(driver):
        yield driver[index]["id"]
