"""A registry behind the store: what is there by digest is not asked for again."""

from __future__ import annotations

import json
from collections.abc import Sequence

from attest.errors import FetchError
from attest.fetch import manifest as oci_manifest
from attest.fetch.limits import FetchLimits
from attest.fetch.manifest import Descriptor
from attest.fetch.source import Candidate, Source, Trail
from attest.fetch.store import Store
from attest.model import strict_json
from attest.model.artifact import Reference
from attest.model.digest import Digest


class StoredSource:
    """The registry of ``reference`` with ``store`` in front; without ``source``, the store alone.

    A manifest of digest ``ask`` is always had from the registry: only one that has it can say with
    authority that nothing is attached to it.

    A list is no content with a digest. What was last attached to a policy is noted, so that its
    signatures can be found without the registry: each is hashed and verified again, and one that is
    not found only ever costs a refusal.
    """

    def __init__(
        self,
        reference: Reference,
        limits: FetchLimits,
        store: Store,
        source: Source | None,
        ask: Digest | None = None,
    ) -> None:
        self._reference = reference
        self._limits = limits
        self._store = store
        self._source = source
        self._ask = ask

    def manifest(self, digest: Digest) -> tuple[bytes, str]:
        """Return a manifest; one from the store was served as what it says it is."""
        kept = None if digest == self._ask else self._kept(digest)
        if kept is not None:
            return kept, ""
        content, served_as = self._asked(f"manifest {digest}").manifest(digest)
        if _says(content, served_as):
            self._store.put(digest, content)
        return content, served_as

    def blob(self, descriptor: Descriptor) -> bytes:
        """Return a blob."""
        kept = self._kept(descriptor.digest)
        if kept is not None:
            return kept
        content = self._asked(f"blob {descriptor.digest}").blob(descriptor)
        self._store.put(descriptor.digest, content)
        return content

    def candidates(self, subject: Digest, suffixes: Sequence[str]) -> tuple[Candidate, ...]:
        """List what may be attached; without the registry, what was so when it was last asked."""
        name = f"{self._reference.locator}@{subject}"
        if self._source is not None:
            found = self._source.candidates(subject, suffixes)
            self._store.note(name, _written(found))
            return found
        noted = self._store.hint(name)
        listed = None if noted is None else _read(noted)
        if listed is None:
            raise self._missing(f"list of what is attached to {subject}")
        return listed

    def _kept(self, digest: Digest) -> bytes | None:
        try:
            return self._store.get(digest, limit=self._limits.blob)
        except FetchError:
            if self._source is None:
                raise
            return None

    def _asked(self, what: str) -> Source:
        if self._source is None:
            raise self._missing(what)
        return self._source

    def _missing(self, what: str) -> FetchError:
        where = str(self._reference)
        message = f"{where} needs the network: the store does not have the {what}"
        return FetchError("OFFLINE", message, where=where)


def _says(content: bytes, served_as: str) -> bool:
    """Tell whether a manifest is read alike with and without the header it was served under."""
    try:
        return oci_manifest.parse(content).media_type == served_as
    except FetchError:
        return False


def _written(found: Sequence[Candidate]) -> bytes:
    listed = [
        {
            "mediaType": each.descriptor.media_type,
            "digest": str(each.descriptor.digest),
            "size": each.descriptor.size,
            "trail": each.trail.name,
        }
        for each in found
    ]
    return json.dumps({"attached": listed}).encode()


def _read(noted: bytes) -> tuple[Candidate, ...] | None:
    """Read a note; ``None`` when it is none, whoever wrote it."""
    try:
        listed = strict_json.parse(noted)["attached"]
        return tuple(
            Candidate(
                Descriptor(str(one["mediaType"]), Digest.parse(one["digest"]), int(one["size"])),
                Trail[one["trail"]],
            )
            for one in listed
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
