"""Tags of a plan -> attest.lock, and whether they still mean what it says."""

from __future__ import annotations

from collections.abc import Iterator

from attest.errors import FetchError, UsageError
from attest.fetch import Fetcher
from attest.model.artifact import Reference
from attest.model.lock import Lock, Locked
from attest.model.version import is_lower
from attest.plan import Plan
from attest.steps import policies, tags
from attest.steps.freshness import rollback
from attest.verify import Verifier


def lock(fetcher: Fetcher, plan: Plan, previous: Lock | None) -> Lock:
    """Return what every tag of ``plan`` means now.

    ``plan`` was read without its lock. A policy is verified as a gate would: nobody else's bundle
    gets into the lock. Raises POLICY_ROLLBACK for a lower version than ``previous`` has, and
    whatever refuses a policy or fails to resolve a tag.
    """
    resolved = tags.resolve(fetcher, plan)
    found = {
        str(tagged): Locked(pinned.digest)
        for tagged, pinned in zip(_places(plan), _places(resolved), strict=True)
        if tagged.digest is None and pinned.digest is not None
    }
    verifier = Verifier(plan.trust, plan.at)
    for tagged, source in zip(plan.policies, resolved.policies, strict=True):
        name = str(tagged.source)
        if name not in found:
            continue
        version = policies.load(fetcher, verifier, source, at=plan.at).claims.version
        known = None if previous is None else previous.references.get(name)
        if known is not None and is_lower(version, known.version):
            raise rollback(name, known.version, version)
        found[name] = Locked(found[name].digest, version)
    return Lock(found)


def check(fetcher: Fetcher, plan: Plan, locked: Lock | None) -> None:
    """Raise TAG_MOVED, or LOCK_STALE when the lock does not hold exactly the tags of ``plan``."""
    named = {str(place) for place in _places(plan) if place.tag and place.digest is None}
    held = set() if locked is None else set(locked.references)
    if named != held:
        missing, extra = sorted(named - held), sorted(held - named)
        parts = [f"the plan names {', '.join(missing)}"] if missing else []
        parts += [f"only the lock has {', '.join(extra)}"] if extra else []
        raise UsageError("LOCK_STALE", "; ".join(parts))
    resolved = tags.resolve(fetcher, plan)
    for tagged, pinned in zip(_places(plan), _places(resolved), strict=True):
        if locked is None or tagged.digest is not None or str(tagged) not in named:
            continue
        expected = locked.references[str(tagged)].digest
        if pinned.digest != expected:
            message = f"{tagged}: expected {expected}, as locked, seen {pinned.digest}"
            raise FetchError("TAG_MOVED", message, where=str(tagged))


def _places(plan: Plan) -> Iterator[Reference]:
    """Yield every reference of a plan that may have a tag, in one order."""
    yield from (one for one in plan.subjects if isinstance(one, Reference))
    yield from (one.source for one in plan.policies)
    yield from (one.source for one in plan.sources)
    yield from plan.waivers.sources
    if plan.baseline is not None:
        yield plan.baseline.source
