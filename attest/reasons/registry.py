"""Reason codes of tags, locks, the store and publishing."""

from __future__ import annotations

from attest.reasons.reason import Reason

REGISTRY: dict[str, Reason] = {
    "LOCK_MALFORMED": Reason(
        2,
        "attest.lock is not a lock that attest has written.",
        "Restore it from version control, or write it anew with `attest lock`.",
    ),
    "LOCK_STALE": Reason(
        2,
        "attest.lock is missing, or does not hold exactly the tags that the plan names.",
        "Run `attest lock` and review what changed in attest.lock.",
    ),
    "TAG_MOVED": Reason(
        4,
        "A tag no longer points to what attest.lock says.",
        "Find out who moved it; only then run `attest lock` again.",
    ),
    "POLICY_ROLLBACK": Reason(
        4,
        "A policy bundle is of a lower version than attest.lock says, or of none.",
        "Somebody may be bringing old rules back. If it is meant, remove the entry from the lock.",
    ),
    "POLICY_EXPIRED": Reason(
        4,
        "A policy bundle was to be used only until a time that has passed.",
        "Get its successor: move the tag or the digest to it.",
    ),
    "PUSH_DENIED": Reason(
        5,
        "The registry does not let you write to this repository.",
        "Log in with an account that may push there, and check the repository's name.",
    ),
    "PUSH_FAILED": Reason(
        5,
        "The registry did not take what was sent to it.",
        "Check that it supports this kind of artifact; then run again: nothing is sent twice.",
    ),
    "PUSH_MISMATCH": Reason(
        4,
        "The registry has other bytes than were sent to it.",
        "Do not use what is there; suspect the registry or a proxy between.",
    ),
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
