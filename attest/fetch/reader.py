"""Reads single manifests that may be attached to a subject, within the bounds of one discovery."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from dataclasses import replace

from attest.errors import FetchError
from attest.fetch import attachments
from attest.fetch.attachments import Part
from attest.fetch.fetched import Refusal
from attest.fetch.limits import FetchLimits
from attest.fetch.manifest import Descriptor, Manifest
from attest.fetch.source import Candidate, Source, Trail, check_total, read_blob, read_manifest
from attest.model.artifact import Artifact, Reference
from attest.model.attachment import Attachment, Form
from attest.model.digest import Digest
from attest.reasons import REASONS

Found = Attachment | Refusal

REFUSED = 4
"""The exit code of what lies (README, "Exit codes")."""

_OF_LISTS = frozenset({"DISCOVERY_INCOMPLETE", "DISCOVERY_LOOP", "DISCOVERY_TOO_MANY"})


class Budget:
    """The bytes that one discovery may keep, whoever reads them."""

    def __init__(self, reference: Reference, total: int) -> None:
        self._reference = reference
        self._left = total
        self._lock = threading.Lock()

    def take(self, size: int) -> None:
        """Count ``size`` bytes before they are read; raise DISCOVERY_TOO_MANY beyond the total."""
        with self._lock:
            self._left -= size
            spent = self._left < 0
        if spent:
            raise too_many(self._reference, "more attached than the limits allow")


class Reader:
    """Reads from one source what is attached to ``reference`` in one of ``forms``."""

    def __init__(
        self, reference: Reference, limits: FetchLimits, forms: Collection[Form], budget: Budget
    ) -> None:
        self._reference = reference
        self._limits = limits
        self._forms = forms
        self._budget = budget

    def candidate(self, source: Source, candidate: Candidate) -> list[Found]:
        """Read one candidate; what lies becomes a refusal, what fails ends the discovery."""
        return self._gather(self._attached(source, candidate), candidate.descriptor)

    def platform(self, source: Source, entry: Descriptor, about: str) -> list[Found]:
        """Read an entry of an index that holds BuildKit's statements."""
        found = self._gather(self._stated(source, entry), entry)
        return [
            replace(each, about=about) if isinstance(each, Attachment) else each for each in found
        ]

    def _gather(self, reading: Iterator[Found], listed: Descriptor) -> list[Found]:
        found: list[Found] = []
        try:
            found.extend(reading)
        except FetchError as error:
            if REASONS[error.code].exit_code != REFUSED:
                raise incomplete(self._reference, error) from error
            found.append(Refusal.of(self._place(listed), error))
        return found

    def _attached(self, source: Source, candidate: Candidate) -> Iterator[Found]:
        place = self._place(candidate.descriptor)
        artifact, manifest = self._manifest(source, candidate.descriptor)
        subject = None if manifest.subject is None else manifest.subject.digest
        if subject != self._reference.digest:
            if candidate.trail is Trail.LISTED:
                return  # A layout lists everything; this is about something else.
            if candidate.trail is Trail.REFERRER or subject is not None:
                raise _other_subject(place, self._reference, subject)
        parts = [part for part in attachments.parts(manifest) if part.form in self._forms]
        check_total([part.layer for part in parts if part.layer is not None], self._limits, place)
        for part in parts:
            yield self._part(source, part, artifact)

    def _stated(self, source: Source, entry: Descriptor) -> Iterator[Found]:
        artifact, manifest = self._manifest(source, entry)
        for part in attachments.parts(manifest):
            yield self._part(source, part, artifact)

    def _part(self, source: Source, part: Part, manifest: Artifact) -> Attachment:
        if part.layer is None:
            self._budget.take(len(manifest.content))
            return Attachment(part.form, replace(manifest, media_type=part.media_type))
        self._budget.take(min(part.layer.size, self._limits.blob))
        content = read_blob(source, part.layer, self._limits, manifest.reference)
        artifact = Artifact.of(self._place(part.layer), content, part.media_type)
        return Attachment(part.form, artifact, part.cosign)

    def _manifest(self, source: Source, listed: Descriptor) -> tuple[Artifact, Manifest]:
        return read_manifest(source, self._place(listed), listed.digest, self._limits, listed)

    def _place(self, listed: Descriptor) -> Reference:
        return replace(self._reference, digest=listed.digest, tag=None)


def incomplete(reference: Reference, cause: FetchError) -> FetchError:
    """Say that there is no list, and why; a list that is too long has a code of its own."""
    if cause.code in _OF_LISTS:
        return cause
    if cause.code == "MANIFEST_TOO_LARGE":
        return too_many(reference, cause.message)
    why = f"{cause.code}: {cause.message}"
    message = f"what is attached to {reference} could not be listed: {why}"
    return FetchError("DISCOVERY_INCOMPLETE", message, where=str(reference))


def too_many(reference: Reference, why: str) -> FetchError:
    """Say that the list never becomes whole within the limits."""
    message = f"what is attached to {reference} could not be listed: {why}"
    return FetchError("DISCOVERY_TOO_MANY", message, where=str(reference))


def _other_subject(place: Reference, subject: Reference, seen: Digest | None) -> FetchError:
    message = f"{place}: listed as attached to {subject.digest}, its own subject is {seen}"
    return FetchError("REFERRER_SUBJECT", message, where=str(place))
