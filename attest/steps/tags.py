"""Tags of a plan, each resolved once: from here on everything is a digest."""

from __future__ import annotations

from dataclasses import replace

from attest.fetch import Fetcher
from attest.model.artifact import Reference
from attest.model.digest import Digest
from attest.plan import Plan


def resolve(fetcher: Fetcher, plan: Plan) -> Plan:
    """Return ``plan`` with a digest on every reference that has a tag alone.

    Those of the lock have one already: a plan has others only with ``--allow-tag``. Raises
    `attest.errors.FetchError` for a tag that cannot be resolved: what it meant is not known.
    """
    known: dict[tuple[Reference, str], Reference] = {}  # equal places may start at two folders

    def pinned(place: Reference) -> Reference:
        if place.tag is None or place.digest is not None:
            return place
        key = (place, place.base)
        if key not in known:
            known[key] = replace(place, digest=fetcher.resolve(place))
        return known[key]

    base = plan.baseline
    return replace(
        plan,
        subjects=tuple(one if isinstance(one, Digest) else pinned(one) for one in plan.subjects),
        policies=tuple(replace(one, source=pinned(one.source)) for one in plan.policies),
        sources=tuple(replace(one, source=pinned(one.source)) for one in plan.sources),
        waivers=replace(plan.waivers, sources=tuple(map(pinned, plan.waivers.sources))),
        baseline=None if base is None else replace(base, source=pinned(base.source)),
    )
