"""Fuzzing signatures: ``python -m tests.fuzz.bundles --count 200000``.

Every form that is read, changed anywhere inside. A case breaks something when it is accepted and
says something else than the original does (or than the other original whose parts it was given),
when anything but a refusal of our own is raised, when it takes longer than `SLOWEST` seconds of
processor time, or when memory grows.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from attest.errors import AttestError
from attest.model.trust import Verified
from attest.verification import check
from tests.fuzz import encodings, runner
from tests.fuzz.seeds import Seed, made, read, vectors

COMMAND = "tests.fuzz.bundles"
SLOWEST = 5.0
GROWTH = 32 << 10
"""KiB by which memory may grow after the first hundred cases of each target."""

_TRIED = 100

Said = tuple[Any, ...]


class ChangedError(AssertionError):
    """An accepted case that says what no original said."""


def said(seed: Seed, content: bytes) -> Verified:
    """Return what ``content`` proves about the subject of ``seed``; raise the refusal."""
    return check(read(seed, content), [seed.subject], seed.verifier).verified


def signers(verified: Verified) -> set[Said]:
    """Return who signed, with all that is known of each."""
    return {
        (one.name, one.issuer, one.identity, tuple(sorted(one.claims.items())), one.key)
        for one in verified.signers
    }


def meaning(verified: Verified) -> Said:
    """Return what was signed, and as what."""
    return (verified.method, verified.payload, verified.payload_type, verified.signed)


def indexes(content: bytes) -> set[int]:
    """Return every log index that a seed states: of its entries, and of their proofs."""
    document = json.loads(content)
    annotation = json.loads(document.get("bundle") or "{}")
    found = encodings.places([document, annotation])
    return {int(box[key]) for box, key in found if key == "logIndex"}


def same(verified: Verified, seed: Seed) -> bool:
    """Tell whether ``verified`` says no more than the seed does.

    One of several signatures, timestamps, promises or log entries may be left out; none may be
    another. Where the signer is a certificate, some time must remain proven.
    """
    known = original(seed)
    timeless = all(signer.identity is None for signer in verified.signers)
    logged = {(one.log, one.kind) for one in known.log_entries}
    return (
        meaning(verified) == meaning(known)
        and set() < signers(verified) <= signers(known)
        and set(verified.times) <= set(known.times)
        and (timeless or bool(verified.times) == bool(known.times))
        and {(one.log, one.kind) for one in verified.log_entries} <= logged
        and {one.index for one in verified.log_entries} <= indexes(seed.content)
    )


def attempt(seed: Seed, others: Sequence[Seed], source: random.Random) -> str:
    """Change the seed and verify it; return the code, or ``accepted``."""
    donor = source.choice(others) if source.random() < 0.2 else None
    content = encodings.change(seed.content, source, None if donor is None else donor.content)
    began = time.process_time()
    try:
        verified = said(seed, content)
        outcome = "accepted"
    except AttestError as refusal:
        verified, outcome = None, refusal.code
    took = time.process_time() - began
    if took > SLOWEST:
        raise ChangedError(f"it took {took:.1f} s")
    originals = [seed] if donor is None else [seed, donor]
    if verified is not None and not any(same(verified, one) for one in originals):
        found = (*meaning(verified), signers(verified), verified.times)
        raise ChangedError(f"accepted, and says {found}")
    return outcome


@cache
def _originals() -> dict[str, Verified]:
    return {}


def original(seed: Seed) -> Verified:
    """Return what the seed itself proves."""
    known = _originals()
    if seed.name not in known:
        known[seed.name] = said(seed, seed.content)
    return known[seed.name]


@contextmanager
def targets() -> Iterator[Sequence[runner.Target]]:
    """Yield a target for each seed, of our own and of the public ones."""
    own, public = made(), vectors()
    yield [
        *(_target(seed, own) for seed in own),
        *(_target(seed, public) for seed in public),
    ]


def _target(seed: Seed, family: Sequence[Seed]) -> runner.Target:
    others = [one for one in family if (one.verifier, one.form) == (seed.verifier, seed.form)]
    peaks: list[int] = []

    def tries(source: random.Random) -> str:
        outcome = attempt(seed, others, source)
        if len(peaks) < _TRIED:
            peaks.append(memory())
        elif memory() > peaks[-1] + GROWTH:
            raise ChangedError(f"memory has grown from {peaks[-1]:,} to {memory():,} KiB")
        return outcome

    return runner.Target(seed.name, tries)


def memory() -> int:
    """Return the most memory that this process has had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    sys.exit(runner.main(COMMAND, targets))
