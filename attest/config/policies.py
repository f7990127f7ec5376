"""``policies:`` -> what judges, on which materials, with which arguments and walls."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from attest.config.arguments import arguments
from attest.config.context import Loading, sha256
from attest.config.expect import expectation
from attest.config.grants import grants
from attest.config.nodes import (
    Node,
    Table,
    boolean,
    choice,
    integer,
    items,
    line,
    lines,
    nearest,
    refusal,
)
from attest.config.references import reference
from attest.config.trust import public_key, signed_by
from attest.config.units import duration, size
from attest.model.artifact import Reference
from attest.model.limits import Limits
from attest.model.material import Kind
from attest.model.trust import Trust
from attest.plan import ExpectedStatement, OpaSignature, PinnedFile, PolicySource, Selector

ENGINES = ("rego", "opa-wasm", "extism", "kubewarden", "wasm-raw", "wasm-component", "cedar")
"""The engines that a plan may declare; the bytes must agree (docs/engines.md)."""

MAX_DATA = 32 << 20
"""Larger data documents are refused."""

LONGEST_TIMEOUT = timedelta(hours=1)
MAX_MEMORY = 4 << 30
MIN_MEMORY = 1 << 20
MAX_FUEL = 10_000_000_000_000
_ENTRYPOINT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:[/.][A-Za-z_][A-Za-z0-9_]*)*")


def policies(
    node: Node | None, loading: Loading, trust: Trust, *, cross_check: bool
) -> tuple[PolicySource, ...]:
    """Read ``policies:``. ``cross_check`` holds for all of them, whatever each one says."""
    if node is None:
        return ()
    listed = items(node, empty=True)
    if not listed:
        raise refusal(node, "TRUST_EMPTY", "the list of policies is empty")
    return tuple(_policy(one, loading, trust, cross_check=cross_check) for one in listed)


def selector(table: Table) -> Selector:
    """Read ``kinds``, ``predicate_types`` and ``names``, as far as the table has them."""
    kinds, types, names = (table.node.entries.get(k) for k in ("kinds", "predicate_types", "names"))
    return Selector(
        tuple(kind(item) for item in items(kinds)) if kinds is not None else (),
        lines(types) if types is not None else (),
        lines(names) if names is not None else (),
    )


def kind(node: Node) -> Kind:
    """Read a kind of evidence."""
    word = line(node)
    if word not in Kind.__members__.values():
        known = [one.value for one in Kind]
        problem = f"unknown kind {word!r}{nearest(word.upper(), known)}"
        raise refusal(node, "CONFIG_VALUE", problem, hint=f"Known kinds: {', '.join(known)}.")
    return Kind(word)


def _policy(node: Node, loading: Loading, trust: Trust, *, cross_check: bool) -> PolicySource:
    table = Table(node, "policy")
    applies, given, data, limits = (
        table.get(key) for key in ("applies_to", "with", "data", "limits")
    )
    signers = _signed_by(table, loading, trust)
    source = _source(table, loading)
    return PolicySource(
        source=source,
        where=node.path,
        signed_by=signers,
        expect=_expected(table.get("expect"), signers, trust),
        engine=_optional_choice(table, "engine", ENGINES),
        entrypoint=_entrypoint(table.get("entrypoint")),
        v0_compatible=_flag(table, "v0_compatible"),
        applies_to=selector(Table(applies, "applies_to")) if applies is not None else Selector(),
        combine=_optional_choice(table, "inputs", ("each", "all")) == "all",
        arguments=arguments(given) if given is not None else {},
        data=_data(data, loading) if data is not None else (),
        on_skip=_on_skip(table.get("on_skip"), loading),
        skip=_skip(table.get("skip"), loading),
        enforce=_enforce(table.get("enforce"), loading),
        limits=_limits(limits) if limits is not None else Limits(),
        cross_check=_flag(table, "cross_check") or cross_check,
        grants=grants(table.get("grant"), loading),
        least_version=loading.locked_version(source),
        opa_signature=_opa_signature(table.get("opa_signature"), loading),
    )


def _source(table: Table, loading: Loading) -> Reference:
    node, pin = table.need("source"), table.get("sha256")
    source = reference(node, loading)
    if source.scheme == "dir":
        problem = "a folder cannot be pinned; pack the policies into an OCI layout"
        raise refusal(node, "CONFIG_VALUE", problem)
    if source.scheme != "file":
        if pin is not None:
            raise refusal(pin, "CONFIG_VALUE", "only a policy in a file takes sha256 as a key")
        return source
    if pin is None:
        hint = "Add the key `sha256:` beside `source:`."
        raise refusal(node, "DIGEST_REQUIRED", f"the policy {source} has no sha256", hint=hint)
    return replace(source, digest=sha256(pin))


def _signed_by(table: Table, loading: Loading, trust: Trust) -> tuple[str, ...]:
    if table.one_of("signed_by", "unsigned") == "signed_by":
        return signed_by(table.need("signed_by"), trust)
    node = table.need("unsigned")
    choice(node, ("pinned",))
    loading.weaken(node, "unsigned", "the policy is trusted by its digest alone, not by a signer")
    return ()


def _opa_signature(node: Node | None, loading: Loading) -> OpaSignature | None:
    if node is None:
        return None
    table = Table(node, "opa_signature")
    scope = table.get("scope")
    pem = public_key(table.need("key"), loading)
    return OpaSignature(pem, "" if scope is None else line(scope))


def _expected(
    node: Node | None, signers: tuple[str, ...], trust: Trust
) -> ExpectedStatement | None:
    """Read ``expect:``; whoever signs the bundle attests it too, unless others are named."""
    if node is None:
        return None
    table = Table(node, "policy_expect")
    named = table.get("signed_by") if signers else table.need("signed_by")
    by = signers if named is None else signed_by(named, trust)
    return ExpectedStatement(expectation(node, of_policy=True), by)


def _on_skip(node: Node | None, loading: Loading) -> str:
    if node is None:
        return "fail"
    word = choice(node, ("fail", "warn", "pass"))
    if word != "fail":
        loading.weaken(node, "on_skip", f"a skipped result does not block ({word})")
    return word


def _skip(node: Node | None, loading: Loading) -> tuple[str, ...]:
    if node is None:
        return ()
    names = lines(node)
    loading.weaken(node, "skip", f"policies of the group are not asked: {', '.join(names)}")
    return names


def _enforce(node: Node | None, loading: Loading) -> bool:
    enforced = node is None or boolean(node)
    if node is not None and not enforced:
        loading.weaken(node, "enforce", "the policy is reported but never blocks")
    return enforced


def _data(node: Node, loading: Loading) -> tuple[PinnedFile, ...]:
    found: dict[str, PinnedFile] = {}
    for item in items(node):
        path, content = loading.pinned(Table(item, "file"), most=MAX_DATA)
        if path in found:
            raise refusal(item, "CONFIG_VALUE", f"{path!r} is listed twice")
        found[path] = PinnedFile(path, content)
    return tuple(found.values())


def _limits(node: Node) -> Limits:
    table, default = Table(node, "limits"), Limits()
    timeout, memory, fuel = table.get("timeout"), table.get("memory"), table.get("fuel")
    return replace(
        default,
        timeout=duration(timeout, most=LONGEST_TIMEOUT).total_seconds()
        if timeout is not None
        else default.timeout,
        memory=size(memory, least=MIN_MEMORY, most=MAX_MEMORY)
        if memory is not None
        else default.memory,
        fuel=integer(fuel, least=1, most=MAX_FUEL) if fuel is not None else default.fuel,
    )


def _entrypoint(node: Node | None) -> str | None:
    if node is None:
        return None
    written = line(node, most=256)
    if not _ENTRYPOINT.fullmatch(written):
        problem = f"{written!r} is not an entry point like pkg/rule"
        raise refusal(node, "CONFIG_VALUE", problem)
    return written


def _optional_choice(table: Table, key: str, words: tuple[str, ...]) -> str | None:
    node = table.get(key)
    return choice(node, words) if node is not None else None


def _flag(table: Table, key: str) -> bool:
    node = table.get(key)
    return node is not None and boolean(node)
