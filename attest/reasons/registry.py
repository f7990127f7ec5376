"""Reason codes of tags, locks, the store and publishing."""

from __future__ import annotations

from attest.reasons.reason import Reason

REGISTRY: dict[str, Reason] = {
    "STORE_CORRUPT": Reason(
        5,
        "A file of the local store no longer has the bytes that its name says; it was dropped.",
        "Run once without --offline to fetch it again; then look at the disk.",
    ),
    "STORE_UNUSABLE": Reason(
        5,
        "The local store cannot be read or written.",
        "Check the folder $XDG_CACHE_HOME/attest/store, its owner and the space left.",
    ),
}
