"""Files from web servers behind the store, and the signatures beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from attest.errors import FetchError
from attest.fetch.limits import FetchLimits
from attest.fetch.source import pin
from attest.fetch.store import Store
from attest.model.artifact import Artifact, Reference

if TYPE_CHECKING:
    from attest.fetch.transport import Transport

_NOTHING = b"-"
"""Noted where a server said that no signature lies beside a file."""


class Downloads:
    """Fetches pinned files; what ``store`` has is not asked for again.

    ``connect`` gives the transport; ``offline`` it raises OFFLINE, and the store is all there is.
    That a signature lies beside a file is noted as what is attached to a policy is: `StoredSource`.
    """

    def __init__(
        self,
        limits: FetchLimits,
        store: Store | None,
        connect: Callable[[Reference], Transport],
        *,
        offline: bool,
    ) -> None:
        self._limits = limits
        self._store = store
        self._connect = connect
        self._offline = offline

    def file(self, reference: Reference) -> Artifact:
        """Return the file behind a pinned ``https:`` reference."""
        digest = pin(reference)
        try:
            kept = self._kept(reference)
        except FetchError:
            if self._offline:
                raise
            kept = None
        if kept is not None:
            return kept
        network = self._connect(reference)  # before the import: urllib3 opens a socket to try IPv6
        from attest.fetch.download import download

        fetched = download(reference, self._limits, network)
        if self._store is not None:
            self._store.put(digest, fetched.content)
            self._store.note(str(reference), fetched.media_type.encode("utf-8", "replace"))
        return fetched

    def beside(self, reference: Reference, suffix: str) -> Artifact | None:
        """Return the bundle at the same URL with ``suffix``, if there is one."""
        name = f"{reference}{suffix}"
        noted = self._store.hint(name) if self._offline and self._store is not None else None
        if noted is not None:
            place = replace(reference, locator=reference.locator + suffix, digest=None)
            return None if noted == _NOTHING else Artifact.of(place, noted)
        network = self._connect(reference)
        from attest.fetch.download import beside

        found = beside(reference, suffix, self._limits, network)
        if self._store is not None:
            self._store.note(name, _NOTHING if found is None else found.content)
        return None if found is None else Artifact.of(found.reference, found.content)

    def _kept(self, reference: Reference) -> Artifact | None:
        """Return what the store has, with the media type that it was served as."""
        if self._store is None:
            return None
        content = self._store.get(pin(reference), limit=self._limits.blob)
        media_type = self._store.hint(str(reference))
        if content is None or media_type is None:
            return None
        return Artifact.of(reference, content, media_type.decode("utf-8", "replace"))
