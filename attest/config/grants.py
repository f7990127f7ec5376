"""``grant:`` of a policy -> what it may ask of the outside world."""

from __future__ import annotations

from attest.config.context import Loading
from attest.config.nodes import Node, Table, boolean, choice, items, line, refusal
from attest.model.capability import FUNCTIONS, METHODS, Capabilities, HttpGrant, host_of


def grants(node: Node | None, loading: Loading) -> Capabilities:
    """Read ``grant:``; what is not named is denied."""
    if node is None:
        return Capabilities()
    table = Table(node, "grant")
    http, functions = table.get("http"), table.get("functions")
    found: dict[tuple[str, bool], HttpGrant] = {}
    for item in items(http) if http is not None else ():
        grant = _http(Table(item, "http_grant"), loading)
        if (grant.host, grant.plain) in found:
            raise refusal(item, "CONFIG_VALUE", f"{grant.host!r} is granted twice")
        found[grant.host, grant.plain] = grant
    names = (choice(one, FUNCTIONS) for one in items(functions)) if functions is not None else ()
    return Capabilities(tuple(found.values()), tuple(dict.fromkeys(names)))


def _http(table: Table, loading: Loading) -> HttpGrant:
    node, methods, may_fail = table.need("host"), table.get("methods"), table.get("may_fail")
    try:
        host, plain = host_of(line(node, most=256))
    except ValueError as error:
        raise refusal(node, "CONFIG_VALUE", str(error)) from None
    if plain:
        loading.weaken(node, "plain HTTP", f"{host} answers a policy without TLS")
    softened = may_fail is not None and boolean(may_fail)
    if may_fail is not None and softened:
        loading.weaken(may_fail, "may_fail", f"the policy decides what a failure of {host} means")
    words = (choice(one, METHODS) for one in items(methods)) if methods is not None else ("GET",)
    return HttpGrant(host, tuple(dict.fromkeys(words)), softened, plain)
