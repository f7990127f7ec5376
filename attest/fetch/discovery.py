"""What is attached to an artifact in a registry or layout: a whole list, or no answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import astuple, replace
from typing import NamedTuple

from attest.errors import FetchError
from attest.fetch import attachments
from attest.fetch.attachments import Part
from attest.fetch.fetched import Refusal
from attest.fetch.limits import FetchLimits
from attest.fetch.manifest import Descriptor, Manifest
from attest.fetch.source import (
    Candidate,
    Source,
    Trail,
    check_total,
    pin,
    read_blob,
    read_manifest,
)
from attest.model.artifact import Artifact, Reference
from attest.model.attachment import Attachment, Form
from attest.model.digest import Digest
from attest.reasons import REASONS

_REFUSED = 4
"""The exit code of what lies (INTERFACE, "Exit codes")."""

_COSIGN = (".sig", ".att", ".sbom")
"""Of the tags that cosign before version 3 makes of a digest; the first is of signatures."""

_OF_LISTS = frozenset({"DISCOVERY_INCOMPLETE", "DISCOVERY_LOOP", "DISCOVERY_TOO_MANY"})

Found = Attachment | Refusal


class Discovery(NamedTuple):
    """The manifest of a subject, and what was found attached to it, in a stable order."""

    subject: Artifact
    found: tuple[Found, ...]


def discover(source: Source, reference: Reference, limits: FetchLimits) -> Discovery:
    """Read the manifest that ``reference`` pins and everything that is attached to it.

    That nothing is attached is believed only of a place that has the subject itself. Of an index,
    what BuildKit keeps inside it about its platforms is listed too: it is about them.
    """
    try:
        subject, manifest = read_manifest(source, reference, pin(reference), limits)
    except FetchError as error:
        if REASONS[error.code].exit_code == _REFUSED:
            raise
        raise _incomplete(reference, error) from error
    found = _Attached(source, reference, limits, frozenset(Form))
    found.read(_candidates(source, reference, limits, _COSIGN))
    found.read_platforms(manifest)
    return Discovery(subject, found.sorted())


def signatures(
    source: Source, reference: Reference, limits: FetchLimits, forms: Collection[Form]
) -> tuple[Found, ...]:
    """Return what is attached to ``reference`` in one of ``forms``, in a stable order.

    An entry of a list is a hint: each manifest is read again by digest, and counts when its own
    ``subject`` is this one (distribution-spec v1.1, "Listing Referrers"). What lies is refused and
    listed, what fails makes the whole list DISCOVERY_INCOMPLETE.
    """
    found = _Attached(source, reference, limits, forms)
    found.read(_candidates(source, reference, limits, _COSIGN[:1]))
    return found.sorted()


def _candidates(
    source: Source, reference: Reference, limits: FetchLimits, suffixes: Sequence[str]
) -> list[Candidate]:
    try:
        listed = source.candidates(pin(reference), suffixes)
    except FetchError as error:
        raise _incomplete(reference, error) from error
    # One manifest may be listed twice; that cosign marks it says more than that it is listed.
    weight = (Trail.LISTED, Trail.REFERRER, Trail.COSIGN).index
    ordered = sorted(listed, key=lambda each: weight(each.trail))
    candidates = {each.descriptor.digest: each for each in ordered}
    if len(candidates) > limits.referrers:
        raise _too_many(reference, f"more than {limits.referrers:,} candidates")
    return list(candidates.values())


class _Attached:
    """What one discovery has found so far, within its bounds."""

    def __init__(
        self, source: Source, reference: Reference, limits: FetchLimits, forms: Collection[Form]
    ) -> None:
        self._source = source
        self._reference = reference
        self._limits = limits
        self._forms = forms
        self._found: dict[object, tuple[str, Found]] = {}
        self._size = 0

    def read(self, candidates: list[Candidate]) -> None:
        """Read each candidate and keep what is attached to the subject."""
        for candidate in candidates:
            place = replace(self._reference, digest=candidate.descriptor.digest, tag=None)
            try:
                for each in self._one(candidate, place):
                    self._keep(each)
            except FetchError as error:
                self._keep(self._refusal(place, error))

    def read_platforms(self, manifest: Manifest) -> None:
        """Read what BuildKit keeps in an index: statements about platforms, never signed."""
        for entry in manifest.manifests:
            about = attachments.buildkit_about(entry, manifest)
            if about is None:
                continue
            place = replace(self._reference, digest=entry.digest, tag=None)
            try:
                artifact, inner = self._manifest(place, entry)
                for part in attachments.parts(inner):
                    self._keep(replace(self._attachment(part, artifact, place), about=about))
            except FetchError as error:
                self._keep(self._refusal(place, error))

    def sorted(self) -> tuple[Found, ...]:
        """Return everything that was kept, in an order that no list decides."""
        return tuple(each for _, each in sorted(self._found.values(), key=lambda item: item[0]))

    def _one(self, candidate: Candidate, place: Reference) -> Iterator[Found]:
        artifact, manifest = self._manifest(place, candidate.descriptor)
        subject = None if manifest.subject is None else manifest.subject.digest
        if subject != self._reference.digest:
            if candidate.trail is Trail.LISTED:
                return  # A layout lists everything; this is about something else.
            if candidate.trail is Trail.REFERRER or subject is not None:
                raise _other_subject(place, self._reference, subject)
        parts = [part for part in attachments.parts(manifest) if part.form in self._forms]
        check_total([part.layer for part in parts if part.layer is not None], self._limits, place)
        for part in parts:
            yield self._attachment(part, artifact, place)

    def _attachment(self, part: Part, manifest: Artifact, place: Reference) -> Attachment:
        if part.layer is None:
            return Attachment(part.form, replace(manifest, media_type=part.media_type))
        content = read_blob(self._source, part.layer, self._limits, place)
        there = replace(place, digest=part.layer.digest)
        artifact = Artifact.of(there, content, part.media_type)
        return Attachment(part.form, artifact, part.cosign)

    def _manifest(self, place: Reference, listed: Descriptor) -> tuple[Artifact, Manifest]:
        return read_manifest(self._source, place, listed.digest, self._limits, listed)

    def _refusal(self, place: Reference, error: FetchError) -> Refusal:
        """Keep what lies as a value; what fails ends the discovery."""
        if REASONS[error.code].exit_code != _REFUSED:
            raise _incomplete(self._reference, error) from error
        return Refusal.of(place, error)

    def _keep(self, found: Found) -> None:
        if isinstance(found, Refusal):
            key: object = found.reference.digest
            order = str(key)
        else:
            # Two signatures by cosign may share their payload: what stands beside it differs.
            key = (found.artifact.digest, found.cosign, found.about)
            beside = "" if found.cosign is None else astuple(found.cosign)
            order = f"{found.artifact.digest} {beside} {found.about}"
            self._size += 0 if key in self._found else len(found.artifact.content)
        self._found[key] = (order, found)
        if len(self._found) > self._limits.referrers or self._size > self._limits.total:
            raise _too_many(self._reference, "more attached than the limits allow")


def _other_subject(place: Reference, subject: Reference, seen: Digest | None) -> FetchError:
    message = f"{place}: listed as attached to {subject.digest}, its own subject is {seen}"
    return FetchError("REFERRER_SUBJECT", message, where=str(place))


def _incomplete(reference: Reference, cause: FetchError) -> FetchError:
    """Say that there is no list, and why; a list that is too long has a code of its own."""
    if cause.code in _OF_LISTS:
        return cause
    if cause.code == "MANIFEST_TOO_LARGE":
        return _too_many(reference, cause.message)
    why = f"{cause.code}: {cause.message}"
    message = f"what is attached to {reference} could not be listed: {why}"
    return FetchError("DISCOVERY_INCOMPLETE", message, where=str(reference))


def _too_many(reference: Reference, why: str) -> FetchError:
    message = f"what is attached to {reference} could not be listed: {why}"
    return FetchError("DISCOVERY_TOO_MANY", message, where=str(reference))
