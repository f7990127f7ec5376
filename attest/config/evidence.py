"""``evidence:`` and ``waivers:`` -> where to look, who may say what, what must be there."""

from __future__ import annotations

from attest.config import apis
from attest.config.context import Loading, sha256
from attest.config.expect import expectation
from attest.config.nodes import (
    Mapping,
    Node,
    Sequence,
    Table,
    boolean,
    choice,
    integer,
    items,
    line,
    lines,
    refusal,
)
from attest.config.policies import kind, selector
from attest.config.references import reference
from attest.config.trust import signed_by
from attest.config.units import duration
from attest.model.artifact import Reference
from attest.model.expectation import Expectation
from attest.model.frozen import frozen
from attest.model.material import Kind
from attest.model.provenance import SVR_V01, SVR_V02, VSA_V02, VSA_V1
from attest.model.trust import Trust
from attest.plan import (
    BESIDE,
    AcceptRule,
    Document,
    EvidenceSource,
    Requirement,
    Selector,
    WaiverRules,
)

_NOT_DOCUMENTS = (Kind.SIGNATURE, Kind.WAIVER)
"""Kinds that only a signature or a signed statement can be, never a file the plan vouches for."""

_SUMMARIES = {Kind.VSA, Kind.SVR, VSA_V1, VSA_V02, SVR_V01, SVR_V02}
_MOST = 1000


@frozen
class Evidence:
    """The four parts of ``evidence:``."""

    sources: tuple[EvidenceSource, ...] = ()
    accept: tuple[AcceptRule, ...] = ()
    documents: tuple[Document, ...] = ()
    required: tuple[Requirement, ...] = ()


def evidence(node: Node | None, loading: Loading, trust: Trust) -> Evidence:
    """Read ``evidence:``. Where there are sources, ``accept`` must say who is believed."""
    if node is None:
        return Evidence()
    table = Table(node, "evidence")
    sources, documents, required = (table.get(k) for k in ("sources", "documents", "required"))
    accept = table.get("accept") if sources is None else table.need("accept")
    return Evidence(
        () if sources is None else tuple(_source(one, loading) for one in items(sources)),
        () if accept is None else _accept(accept, trust),
        () if documents is None else _documents(documents, loading, trust),
        () if required is None else _required(required, trust),
    )


def waivers(node: Node | None, loading: Loading, trust: Trust) -> WaiverRules:
    """Read ``waivers:``; without it no waiver is accepted."""
    default = WaiverRules()
    if node is None:
        return default
    table = Table(node, "waivers")
    longest, warn, wide = (
        table.get(key) for key in ("max_duration", "warn_before", "allow_rule_wide")
    )
    rules = WaiverRules(
        tuple(reference(one, loading) for one in items(table.need("sources"))),
        signed_by(table.need("signed_by"), trust),
        default.max_duration if longest is None else duration(longest),
        default.warn_before if warn is None else duration(warn),
        wide is not None and boolean(wide),
    )
    if longest is not None and rules.max_duration > default.max_duration:
        effect = f"waivers may last longer than {default.max_duration.days} days"
        loading.weaken(longest, "max_duration", effect)
    if wide is not None and rules.allow_rule_wide:
        loading.weaken(wide, "allow_rule_wide", "one waiver may cover every finding of a rule")
    return rules


def _source(node: Node, loading: Loading) -> EvidenceSource:
    """Read a source. Strangers may write beside an artifact: what is refused there is listed."""
    if (api := apis.source(node, loading)) is not None:
        return api
    if not isinstance(node, Mapping):
        place = _place(node, loading)
        return EvidenceSource(place, _on_refused(place))
    table = Table(node, "source")
    place, refused = _place(table.need("source"), loading), table.get("on_refused")
    default = _on_refused(place)
    if refused is None:
        return EvidenceSource(place, default)
    word = choice(refused, ("fail", "warn"))
    if word == "warn" and default == "fail":
        loading.weaken(refused, "on_refused", f"refused evidence in {place} does not block")
    return EvidenceSource(place, word)


def _place(node: Node, loading: Loading) -> Reference:
    return BESIDE if line(node) == str(BESIDE) else reference(node, loading)


def _on_refused(place: Reference) -> str:
    """Rule 2: a folder or layout of the plan's own blocks, a registry does not."""
    return "warn" if place.scheme == "oci" else "fail"


def _accept(node: Node, trust: Trust) -> tuple[AcceptRule, ...]:
    listed = items(node, empty=True)
    if not listed:
        raise refusal(node, "TRUST_EMPTY", "nobody is accepted as a signer of evidence")
    tables = [Table(one, "accept") for one in listed]
    return tuple(
        AcceptRule(selector(table), signed_by(table.need("signed_by"), trust)) for table in tables
    )


def _documents(node: Node, loading: Loading, trust: Trust) -> tuple[Document, ...]:
    return tuple(_document(one, loading, trust) for one in items(node))


def _document(node: Node, loading: Loading, trust: Trust) -> Document:
    table = Table(node, "document")
    named = table.need("kind")
    found = kind(named)
    if found in _NOT_DOCUMENTS:
        problem = f"a document cannot be of kind {found}: only a signature can make one"
        raise refusal(named, "CONFIG_VALUE", problem)
    pinned = table.one_of("sha256", "signed_by") == "sha256"
    return Document(
        Reference("file", line(table.need("path")), base=loading.base),
        found,
        node.path,
        pin=sha256(table.need("sha256")) if pinned else None,
        signed_by=() if pinned else signed_by(table.need("signed_by"), trust),
        about=_about(table.get("about")),
    )


def _about(node: Node | None) -> tuple[str, ...] | None:
    if isinstance(node, Sequence):
        return lines(node)
    if node is not None:
        choice(node, ("all",))
    return None


def _required(node: Node, trust: Trust) -> tuple[Requirement, ...]:
    return tuple(_requirement(one, trust) for one in items(node, empty=True))


def _requirement(node: Node, trust: Trust) -> Requirement:
    table = Table(node, "requirement")
    named, predicate, signers, age, least, rules = (
        table.get(key)
        for key in ("kind", "predicate_type", "signed_by", "max_age", "at_least", "rules")
    )
    if named is None and predicate is None:
        table.one_of("kind", "predicate_type")
    return Requirement(
        Selector(
            () if named is None else (kind(named),),
            () if predicate is None else (line(predicate),),
        ),
        node.path,
        () if signers is None else signed_by(signers, trust),
        None if age is None else duration(age),
        1 if least is None else integer(least, least=1, most=_MOST),
        () if rules is None else lines(rules),
        _expected(table),
    )


def _expected(table: Table) -> Expectation:
    """Read ``expect:``. A summary counts only for a pair of signer and verifier (slsa.dev)."""
    node = table.get("expect")
    found = Expectation() if node is None else expectation(node)
    named, predicate = (table.get(key) for key in ("kind", "predicate_type"))
    if named is not None and found.build and kind(named) is not Kind.SLSA_PROVENANCE:
        raise refusal(named, "CONFIG_VALUE", "only SLSA_PROVENANCE can say what slsa_… expects")
    asked = {line(one) for one in (named, predicate) if one is not None}
    if asked & _SUMMARIES or found.summary is not None:
        table.need("signed_by")
        if found.summary is None:
            problem = "a summary needs `expect:` with vsa_verifier or svr_verifier"
            raise refusal(table.node, "CONFIG_MISSING_KEY", problem)
    return found
