"""``baseline:`` -> the signed report about an earlier artifact whose findings are known."""

from __future__ import annotations

from attest.config.context import Loading
from attest.config.nodes import Node, Table, refusal
from attest.config.references import reference
from attest.config.trust import signed_by
from attest.config.units import duration
from attest.model.trust import Trust
from attest.plan import BaselineRules


def baseline(node: Node | None, loading: Loading, trust: Trust) -> BaselineRules | None:
    """Read ``baseline:``; without it every finding is new. All three keys are needed."""
    if node is None:
        return None
    table = Table(node, "baseline")
    named = table.need("source")
    source = reference(named, loading)
    if source.scheme != "file":
        problem = f"a baseline is a file with its signature beside it, not {source}"
        raise refusal(named, "CONFIG_VALUE", problem)
    return BaselineRules(
        source,
        signed_by(table.need("signed_by"), trust),
        duration(table.need("max_age")),
    )
