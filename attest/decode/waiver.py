"""Waivers: signed, scoped, expiring exceptions (attest's own predicate; docs/materials.md)."""

from __future__ import annotations

from typing import Any

from attest.decode.base import Facts, Format
from attest.decode.shape import Shape
from attest.decode.times import parse_time
from attest.model.material import Kind

PREDICATE_TYPE = "https://attest.dev/waiver/v1"

_CODE = "WAIVER_INVALID"
_MEMBERS = frozenset({"policy", "rule", "finding", "reason", "expires", "issued"})


def read(predicate: Any) -> Facts:
    """Check a waiver strictly: an unknown member might be a limit that would go unheeded.

    ``finding`` is ``{id, purl}``, with at least one of them, or ``{fingerprint}``. A waiver without
    it covers the whole rule, which the plan must allow. Expiry and signer are judged later.
    """
    waiver = Shape(predicate, _CODE).object()
    unknown = sorted(waiver.value.keys() - _MEMBERS)
    if unknown:
        raise waiver.at(unknown[0]).refuse(f"one of {', '.join(sorted(_MEMBERS))}")
    for member in ("policy", "rule", "reason"):
        waiver.at(member).text()
    for member in ("expires", "issued"):
        place = waiver.at(member)
        if parse_time(place.value) is None and (member == "expires" or place.value is not None):
            raise place.refuse("an RFC 3339 time with an offset")
    if "finding" in waiver.value:
        _check_finding(waiver.at("finding"))
    return Facts(completed_at=parse_time(waiver.value.get("issued")))


def _check_finding(finding: Shape) -> None:
    members = finding.object().value.keys()
    if not members or (members != {"fingerprint"} and members - {"id", "purl"}):
        raise finding.refuse("{id, purl} or {fingerprint}")
    for member in members:
        finding.at(member).text()


FORMAT = Format(kind=Kind.WAIVER, predicate_types=(PREDICATE_TYPE,), read=read)
