"""A plan in plain words: who is believed, what is judged, what must be there, what is weakened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain

from attest.model.trust import CertificateSigner, KeySigner, Match, Require, Signer, Threshold
from attest.plan import EvidenceSource, Plan, PolicySource, Requirement, Selector


def explain(plan: Plan) -> Iterator[str]:
    """Yield the lines of text that say what ``plan`` does."""
    yield f"Plan {plan.config}, {plan.digest}"
    yield from _part("Subjects", map(str, plan.subjects), "only those of the command line")
    yield from _part("Trust roots", (f"{n}: {d}" for n, d in plan.root_digests.items()), "none")
    several = map(_threshold, plan.trust.thresholds.values())
    signers = chain(map(_signer, plan.trust.signers.values()), several)
    yield from _part("Signers", signers, "none")
    yield from _part("Revoked", map(str, sorted(plan.trust.revoked)), "nothing")
    yield from _part("Policies that judge", map(_policy, plan.policies), "none")
    yield from _part("Evidence is read from", map(_source, plan.sources), "nowhere")
    accepted = (f"{_what(r.selector)} when signed by {_any(r.signed_by)}" for r in plan.accept)
    yield from _part("Evidence is accepted", accepted, "from nobody")
    documents = (
        f"{d.source} as {d.kind}, {f'pinned to {d.pin}' if d.pin else _signed(d.signed_by)}, "
        f"about {', '.join(d.about) if d.about is not None else 'every subject'}"
        for d in plan.documents
    )
    yield from _part("Documents", documents, "none")
    yield from _part("Every subject must have", map(_required, plan.required), "no evidence")
    yield from _part("Waivers", _waivers(plan), "none are accepted")
    yield from _part("Findings are known from", _baseline(plan), "no baseline")
    yield from _part("Servers are reached", _network(plan), "over HTTPS that the system trusts")
    lowest = plan.fail_on.word if plan.fail_on is not None else "any severity"
    yield f"A finding blocks from: {lowest}; one without a known severity always does"
    weak = (f"{line.option} at {line.where}: {line.effect}" for line in plan.weakened)
    yield from _part("Weakened", weak, "nothing")


def _network(plan: Plan) -> Iterator[str]:
    network = plan.network
    if network.authorities:
        yield "over HTTPS that the system or an authority of the plan vouches for"
    if network.proxy is not None:
        yield f"through the proxy {network.proxy.url or f'in ${network.proxy.url_env}'}"
    for name, host in network.hosts.items():
        said = (
            (host.plain_http is True, "over plain HTTP"),
            (host.plain_http is False, "over HTTPS"),
            (host.direct, "past the proxy"),
            (host.password_env, f"with the login in ${host.username_env}, ${host.password_env}"),
            (host.token_realm, f"with tokens from {host.token_realm}"),
            (host.certificate, f"with the client certificate {host.certificate}"),
        )
        yield f"{name}: {', '.join(text for holds, text in said if holds) or 'as any other'}"


def _part(title: str, lines: Iterator[str], none: str) -> Iterator[str]:
    found = [f"  - {line}" for line in lines]
    yield f"{title}:" if found else f"{title}: {none}"
    yield from found


def _signer(signer: Signer) -> str:
    match signer:
        case KeySigner():
            start = f" from {signer.valid_from.isoformat()}" if signer.valid_from else ""
            end = f" until {signer.valid_until.isoformat()}" if signer.valid_until else ""
            proof = f", root {signer.root}" if signer.root else ""
            return (
                f"{signer.name}: the holder of one key{start}{end}{proof}{_proof(signer.require)}"
            )
        case CertificateSigner():
            issuer = f", vouched for by {_value(signer.issuer)}" if signer.issuer else ""
            claims = "".join(f", {name} = {value}" for name, value in signer.claims.items())
            who = f"{_value(signer.identity)}{issuer}{claims}"
            return f"{signer.name}: {who}, root {signer.root}{_proof(signer.require)}"


def _threshold(several: Threshold) -> str:
    members = ", ".join(several.of)
    return (
        f"{several.name}: {several.least} of {members}, as distinct principals, over the same bytes"
    )


def _proof(require: Require) -> str:
    return f" (log {require.tlog}, sct {require.sct}, timestamp {require.timestamp})"


def _value(match: Match) -> str:
    return f"whatever matches {match.text}" if match.is_pattern else match.text


def _policy(policy: PolicySource) -> str:
    engine = f" by {policy.engine}" if policy.engine else ""
    each = "all materials at once" if policy.combine else "each material"
    given = ", ".join(f"{name} = {_argument(value)}" for name, value in policy.arguments.items())
    enforced = "" if policy.enforce else ", reported only"
    granted = "; ".join(policy.grants.words())
    return (
        f"{policy.source}{engine}, {_signed(policy.signed_by)}{_attested(policy)}, on {each}: "
        f"{_what(policy.applies_to)}{f', with {given}' if given else ''}{enforced}; "
        f"a skip is a {policy.on_skip}; it may ask {granted or 'nothing'} outside its sandbox"
    )


def _attested(policy: PolicySource) -> str:
    if policy.expect is None:
        return ""
    expected = policy.expect
    return f", attested by {_any(expected.signed_by)} with {expected.expectation.words()}"


def _argument(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else f"[{', '.join(value)}]"


def _source(source: EvidenceSource) -> str:
    refused = "blocks" if source.on_refused == "fail" else "is only listed"
    place = f"{source.source}, asked at {source.api}" if source.api else str(source.source)
    return f"{place}; what is refused there {refused}"


def _required(requirement: Requirement) -> str:
    limits = [f"at least {requirement.at_least}", _what(requirement.selector)]
    if requirement.signed_by:
        limits.append(_signed(requirement.signed_by))
    if requirement.max_age:
        limits.append(f"not older than {_span(requirement.max_age)}")
    if requirement.rules:
        limits.append(f"that ran {', '.join(requirement.rules)}")
    if expected := requirement.expect.words():
        limits.append(f"expecting {expected}")
    return ", ".join(limits)


def _waivers(plan: Plan) -> Iterator[str]:
    rules = plan.waivers
    if rules.sources:
        places = ", ".join(map(str, rules.sources))
        wide = "whole rules too" if rules.allow_rule_wide else "single findings only"
        longest = _span(rules.max_duration)
        yield f"from {places}, {_signed(rules.signed_by)}, for at most {longest}, {wide}"


def _baseline(plan: Plan) -> Iterator[str]:
    rules = plan.baseline
    if rules is not None:
        yield f"{rules.source}, {_signed(rules.signed_by)}, not older than {_span(rules.max_age)}"


def _span(span: timedelta) -> str:
    return str(span).removesuffix(", 0:00:00")


def _signed(names: tuple[str, ...]) -> str:
    return f"signed by {_any(names)}" if names else "trusted by its digest alone"


def _any(names: tuple[str, ...]) -> str:
    return " or ".join(names)


def _what(selector: Selector) -> str:
    parts = [
        f"{label} {' or '.join(values)}"
        for label, values in (
            ("kind", tuple(map(str, selector.kinds))),
            ("type", selector.predicate_types),
            ("name", selector.names),
        )
        if values
    ]
    return ", ".join(parts) or "everything"
