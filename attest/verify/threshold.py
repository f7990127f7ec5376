"""Signers that are several: distinct principals, each for one name, over the same bytes.

Pure counting over what has been verified already; nothing here looks at a signature.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace

from attest.errors import UsageError, VerificationError
from attest.model.trust import Method, Signatory, Step, Threshold, Trust, Verified

Principal = tuple[str, ...]


def compiled(trust: Trust) -> Mapping[str, Threshold]:
    """Return the thresholds of ``trust``; raise `UsageError` THRESHOLD_MALFORMED."""
    for one in trust.thresholds.values():
        strangers = [name for name in one.of if name not in trust.signers]
        if strangers:
            problem = f"there is no signer {strangers[0]!r} that is one by itself"
        elif one.name in trust.signers or len(set(one.of)) != len(one.of):
            problem = "a name stands there twice"
        elif not 1 <= one.least <= len(one.of):
            problem = f"{one.least} of {len(one.of)} cannot be"
        else:
            continue
        raise UsageError(
            "THRESHOLD_MALFORMED",
            f"threshold {one.name!r}: {problem}",
            where=f"trust.signers.{one.name}",
        )
    return trust.thresholds


def together(thresholds: Iterable[Threshold], verified: Sequence[Verified]) -> tuple[Verified, ...]:
    """Return ``verified``, each with the thresholds that are met over its bytes as signers.

    A threshold that is met is listed once for each principal that counts towards it. What was
    signed together is as old as the first signature (docs/verdict.md, rule 4).
    """
    found = list(verified)
    for threshold in thresholds:
        groups: dict[Hashable, list[int]] = {}
        for at, one in enumerate(found):
            if _members(threshold, one):
                groups.setdefault(_content(one), []).append(at)
        for places in groups.values():
            group = [found[at] for at in places]
            counted = _counted(threshold, group)
            if len(counted) >= threshold.least:
                for at in places:
                    found[at] = _dated(_with(found[at], threshold, counted), group)
    return tuple(found)


def shortfall(
    threshold: Threshold, one: Verified, others: Sequence[Verified]
) -> VerificationError | None:
    """Return why ``threshold`` is not met over the bytes of ``one``, or ``None`` if it is.

    It is ``None`` too when none of its signers has signed ``one``: then it is another's.
    """
    if not _members(threshold, one):
        return None
    pool = [one, *(other for other in others if other is not one)]
    same = [other for other in pool if _content(other) == _content(one)]
    counted = _counted(threshold, same)
    if len(counted) >= threshold.least:
        return None
    wanted = f"{threshold.least} of {', '.join(threshold.of)} must sign the same bytes"
    names = sorted({member.name for other in same for member in _members(threshold, other)})
    seen = f"{wanted}; seen {len(counted)}: {', '.join(names)}"
    where = str(one.artifact.reference)
    if max(len(names), len(same)) >= threshold.least:
        shown = "; ".join(" ".join(principal) for principal in counted)
        message = f"{seen}, and they are the same principal: {shown:.300}"
        return VerificationError("THRESHOLD_PRINCIPALS", message, where=where)
    if len(_counted(threshold, pool)) >= threshold.least:
        elsewhere = ", ".join(
            f"{member.name} has signed {other.signed}"
            for other in pool
            if _content(other) != _content(one)
            for member in _members(threshold, other)
        )
        message = f"{seen} over {one.signed}; {elsewhere:.300}"
        return VerificationError("THRESHOLD_PAYLOADS", message, where=where)
    return VerificationError("THRESHOLD_UNMET", seen, where=where)


def _content(one: Verified) -> Hashable:
    """What has to be identical: type and bytes of a payload, or the digest of what was signed."""
    if one.method is Method.ENVELOPE:
        return (one.method, one.payload_type, one.payload)
    return (one.method, one.signed, one.naming)


def _members(threshold: Threshold, one: Verified) -> list[Signatory]:
    return [signer for signer in one.signers if signer.name in threshold.of]


def _counted(threshold: Threshold, group: Sequence[Verified]) -> dict[Principal, Signatory]:
    """Return the principals that fill a name each, as many as can."""
    fits: dict[Principal, list[Signatory]] = {}
    for one in group:
        for signer in _members(threshold, one):
            fits.setdefault(signer.principal, []).append(signer)
    holders: dict[str, Principal] = {}
    for principal in fits:
        _seat(principal, fits, holders, set())
    seated = {principal: name for name, principal in holders.items()}
    return {
        principal: next(signer for signer in fits[principal] if signer.name == name)
        for principal, name in seated.items()
    }


def _seat(
    principal: Principal,
    fits: Mapping[Principal, list[Signatory]],
    holders: dict[str, Principal],
    tried: set[str],
) -> bool:
    """Give ``principal`` a name, moving others where that makes room (Kuhn's matching)."""
    for signer in fits[principal]:
        if signer.name in tried:
            continue
        tried.add(signer.name)
        holder = holders.get(signer.name)
        if holder is None or _seat(holder, fits, holders, tried):
            holders[signer.name] = principal
            return True
    return False


def _with(one: Verified, threshold: Threshold, counted: Mapping[Principal, Signatory]) -> Verified:
    signers = tuple(replace(signer, name=threshold.name) for signer in counted.values())
    if any(signer.name == threshold.name for signer in one.signers):
        signers = tuple(signer for signer in signers if signer not in one.signers)
    expected = f"{threshold.least} of {', '.join(threshold.of)} over the same bytes"
    seen = ", ".join(signer.name for signer in counted.values())
    step = Step(f"threshold {threshold.name}", expected, seen)
    steps = tuple(rung for rung in one.steps if rung.check != step.check)
    return replace(one, signers=(*one.signers, *signers), steps=(*steps, step))


def _dated(one: Verified, group: Sequence[Verified]) -> Verified:
    """Give ``one`` the times of the whole group; a key among them may have signed at any time."""
    starts = [each.not_before for each in group if each.not_before is not None]
    times = dict.fromkeys(time for each in (one, *group) for time in each.times)
    earliest = min(starts) if len(starts) == len(group) else None
    return replace(one, times=tuple(times), not_before=earliest)
