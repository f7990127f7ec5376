"""Subjects and sources: text -> Reference, pinned where its content may change."""

from __future__ import annotations

import os
import re
from dataclasses import replace

from attest.config.context import Loading
from attest.config.nodes import Node, line, nearest, refusal
from attest.fetch.apis.place import FORMS
from attest.model.artifact import SCHEMES, Reference
from attest.model.digest import HEX_LENGTHS, Digest

LATER = ("github", "npm", "pypi", "builtin")
"""Schemes of the interface that are no place of files, though some are one of evidence."""

_WEAK = frozenset({"md5", "sha1", "sha224", "sha512-256", "gitCommit", "gitTree", "blake2b"})
_PREFIX = re.compile(r"([A-Za-z][A-Za-z0-9+-]+):.*", re.DOTALL)
_PINNABLE = frozenset({"oci", "oci-layout", "http", "https"})


def reference(node: Node, loading: Loading, *, base: str | None = None) -> Reference:
    """Read a place; what may change behind its name must carry a digest.

    Relative paths start at ``base``, by default the folder of the plan.
    """
    written = line(node)
    _check_scheme(node, written)
    try:
        place = Reference.parse(written, base=loading.base if base is None else base)
    except ValueError as error:
        code = "DIGEST_INVALID" if "@" in written else "CONFIG_VALUE"
        raise refusal(node, code, str(error)) from None
    if place.scheme in _PINNABLE and place.digest is None:
        return _of_tag(node, place, loading)
    return place


def subject(node: Node, loading: Loading, *, base: str | None = None) -> Reference | Digest:
    """Read a subject: ``algorithm:hex``, a path, or a reference to one artifact."""
    written = line(node)
    prefix = written.partition(":")[0]
    if prefix in HEX_LENGTHS or prefix in _WEAK:
        try:
            return Digest.parse(written)
        except ValueError as error:
            raise refusal(node, "DIGEST_INVALID", str(error)) from None
    place = reference(node, loading, base=base)
    if place.scheme == "dir":
        raise refusal(node, "CONFIG_VALUE", "a folder has no digest, so it cannot be a subject")
    return place


def _check_scheme(node: Node, written: str) -> None:
    match = _PREFIX.fullmatch(written)
    if not match or match[1] in SCHEMES:
        return
    if match[1] in LATER:
        problem = f"{match[1]}: references are fetched nowhere by this version"
        if match[1] in FORMS:
            problem = f"{FORMS[match[1]]} is a source of signed evidence alone"
        raise refusal(node, "UNSUPPORTED", problem)
    problem = f"unknown kind of place {match[1]!r}{nearest(match[1], SCHEMES)}"
    hint = f"Known: {', '.join(SCHEMES)}. Write file:NAME for a file with a colon in its name."
    raise refusal(node, "CONFIG_VALUE", problem, hint=hint)


def _of_tag(node: Node, place: Reference, loading: Loading) -> Reference:
    """Return what the lock says of a tag; without it a tag needs permission."""
    if place.tag is None:
        raise refusal(node, "DIGEST_REQUIRED", f"{place} carries no digest")
    locked = loading.lock.references.get(str(place)) if loading.lock is not None else None
    if locked is not None and _starts_there(place, loading):
        return replace(place, digest=locked.digest)
    if not loading.allow_tag:
        hint = (
            "Replace the tag by @sha256:HEX, run `attest lock`, or give --allow-tag, which is "
            "reported as weakening."
        )
        known = "attest.lock does not have it" if loading.lock else "there is no attest.lock"
        problem = f"{place} names a tag and no digest, and {known}"
        raise refusal(node, "TAG_UNPINNED", problem, hint=hint)
    loading.weaken(node, "--allow-tag", f"{place} is whatever its tag points to at that moment")
    return place


def _starts_there(place: Reference, loading: Loading) -> bool:
    """Tell whether a path of the command line is the one that the lock speaks of."""
    if place.scheme != "oci-layout":
        return True
    bases = (place.base, loading.base)
    return len({os.path.abspath(os.path.join(base, place.locator)) for base in bases}) == 1  # noqa: PTH100, PTH118  # text, as it is written
