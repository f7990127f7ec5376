"""Verification summaries: SLSA's (slsa.dev/spec, verification_summary v1 and v0.2) and in-toto's.

The in-toto predicate is in-toto/attestation spec/predicates/svr.md, v0.1 and v0.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attest.decode.base import Facts, Format
from attest.decode.shape import Shape
from attest.decode.times import parse_time
from attest.model.digest import HEX_LENGTHS, Digest
from attest.model.material import Kind, Problem
from attest.model.provenance import SVR_V01, SVR_V02, VSA_V02, VSA_V1, Summary

_CODE = "SUMMARY_INVALID"
_RESULTS = ("PASSED", "FAILED")
_FAILED = "FAILED"


def read_v1(predicate: Any) -> Facts:
    """Check what a consumer of a VSA v1 has to look at."""
    summary = Shape(predicate, _CODE).object()
    levels = tuple(level.text() for level in _needed(summary, "verifiedLevels").items())
    return _vsa(
        VSA_V1,
        summary,
        ("timeVerified", "resourceUri", "verificationResult"),
        levels,
        summary.at("dependencyLevels"),
    )


def read_v02(predicate: Any) -> Facts:
    """Check a VSA v0.2, which has one level and names with underscores."""
    summary = Shape(predicate, _CODE).object()
    return _vsa(
        VSA_V02,
        summary,
        ("time_verified", "resource_uri", "verification_result"),
        (summary.at("policy_level").text(),),
        summary.at("dependency_levels"),
    )


def read_svr_v01(predicate: Any) -> Facts:
    """Check an SVR: it lists what passed, and only that."""
    return _svr(SVR_V01, predicate)


def read_svr_v02(predicate: Any) -> Facts:
    """Check an SVR v0.2, which names the policies of its verifier."""
    verifier = Shape(predicate, _CODE).object().at("verifier").object()
    for policy in _needed(verifier, "policies").items():
        policy.object()
    return _svr(SVR_V02, predicate)


def _vsa(
    kind: str,
    summary: Shape,
    names: tuple[str, str, str],
    levels: tuple[str, ...],
    dependencies: Shape,
) -> Facts:
    """A summary that failed is read for policies to judge; it says yes to nothing."""
    time, resource, verdict = (summary.at(name) for name in names)
    policy = summary.at("policy").object()
    policy.at("uri").text()
    if verdict.value not in _RESULTS:
        raise verdict.refuse(" or ".join(_RESULTS))
    passed = verdict.value != _FAILED
    if passed and _FAILED in levels:
        raise summary.refuse("no level FAILED beside the result PASSED")
    read = Summary(
        kind,
        _verifier(summary),
        passed,
        levels,
        resource.text(),
        _digests(policy.at("digest")),
        _counts(dependencies),
    )
    problem = None
    if not passed:
        said = f"{verdict.pointer}: FAILED, by {read.verifier}"
        problem = Problem.of("SUMMARY_FAILED", said)
    return Facts(completed_at=parse_time(_time(time)), unsound=problem, stated=read)


def _svr(kind: str, predicate: Any) -> Facts:
    result = Shape(predicate, _CODE).object()
    time = parse_time(_time(result.at("timeCreated")))
    properties = tuple(one.text() for one in _needed(result, "properties").items())
    said = Summary(kind, _verifier(result), passed=True, levels=properties)
    return Facts(completed_at=time, stated=said)


def _verifier(summary: Shape) -> str:
    return summary.at("verifier").object().at("id").text()


def _time(place: Shape) -> str:
    if parse_time(place.value) is None:
        raise place.refuse("an RFC 3339 time with an offset")
    return place.text()


def _needed(shape: Shape, member: str) -> Shape:
    place = shape.at(member)
    if place.value is None:
        raise place.refuse("an array")
    return place


def _digests(place: Shape) -> tuple[Digest, ...]:
    """Return the strong digests of a DigestSet; the others bind nothing."""
    if place.value is None:
        return ()
    found = []
    for algorithm in place.object().value:
        value = place.at(algorithm).text()
        if algorithm in HEX_LENGTHS:
            try:
                found.append(Digest.parse(f"{algorithm}:{value}"))
            except ValueError:
                raise place.at(algorithm).refuse(f"a {algorithm} in lower-case hex") from None
    return tuple(found)


def _counts(place: Shape) -> Mapping[str, int] | None:
    if place.value is None:
        return None
    counts = {level: place.at(level) for level in place.object().value}
    for count in counts.values():
        if type(count.value) is not int or count.value < 0:
            raise count.refuse("a count")
    return {level: count.value for level, count in counts.items()}


VSA = Format(kind=Kind.VSA, predicate_types=(VSA_V1,), read=read_v1)
OLDER_VSA = Format(kind=Kind.VSA, predicate_types=(VSA_V02,), read=read_v02)
SVR = Format(kind=Kind.SVR, predicate_types=(SVR_V02,), read=read_svr_v02)
OLDER_SVR = Format(kind=Kind.SVR, predicate_types=(SVR_V01,), read=read_svr_v01)
