"""What a caller, such as the command line, puts over an attest.yaml."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from attest.model.digest import Digest
from attest.model.frozen import frozen


@frozen
class Overrides:
    """The options of one load; the digest of the plan covers those that change what is decided.

    The evaluation happens at ``now``, or at ``at`` where the plan has ``allow_at: true``.
    ``subjects`` are added to the plan's own; their paths start at the current directory, those in
    the plan at its folder. ``expected_digest`` is what `attest.config.digest` must come to.
    A tag is what attest.lock says; others need ``allow_tag``. Without ``locked`` the lock is not
    read: `attest lock` makes it.
    """

    now: datetime
    at: datetime | None = None
    subjects: Sequence[str] = ()
    offline: bool = False
    jobs: int = 2
    cross_check: bool = False
    expected_digest: Digest | None = None
    allow_tag: bool = False
    locked: bool = True
