"""What is attached to an artifact in a registry or layout: a whole list, or no answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import astuple
from typing import NamedTuple

from attest.errors import FetchError
from attest.fetch import attachments
from attest.fetch.fetched import Refusal
from attest.fetch.limits import FetchLimits
from attest.fetch.reader import REFUSED, Budget, Found, Reader, incomplete, too_many
from attest.fetch.source import Candidate, Source, Trail, pin, read_manifest
from attest.fetch.spread import Sources, spread
from attest.model.artifact import Artifact, Reference
from attest.model.attachment import Form
from attest.reasons import REASONS

COSIGN_SUFFIXES = (".sig", ".att", ".sbom")
"""Of the tags that cosign before version 3 makes of a digest; the first is of signatures."""


class Discovery(NamedTuple):
    """The manifest of a subject, and what was found attached to it, in a stable order."""

    subject: Artifact
    found: tuple[Found, ...]


def discover(sources: Sources, reference: Reference, limits: FetchLimits) -> Discovery:
    """Read the manifest that ``reference`` pins and everything that is attached to it.

    That nothing is attached is believed only of a place that has the subject itself. Of an index,
    what BuildKit keeps inside it about its platforms is listed too: it is about them.
    """
    (source,) = sources(1)
    try:
        subject, manifest = read_manifest(source, reference, pin(reference), limits)
    except FetchError as error:
        if REASONS[error.code].exit_code == REFUSED:
            raise
        raise incomplete(reference, error) from error
    reader = Reader(reference, limits, frozenset(Form), Budget(reference, limits.total))
    candidates = _candidates(source, reference, limits, COSIGN_SUFFIXES)
    found = list(_read(sources, reader, candidates, limits))
    for entry in manifest.manifests:
        about = attachments.buildkit_about(entry, manifest)
        if about is not None:
            found += reader.platform(source, entry, about)
    return Discovery(subject, _kept(found, reference, limits))


def signatures(
    sources: Sources, reference: Reference, limits: FetchLimits, forms: Collection[Form]
) -> tuple[Found, ...]:
    """Return what is attached to ``reference`` in one of ``forms``, in a stable order.

    An entry of a list is a hint: each manifest is read again by digest, and counts when its own
    ``subject`` is this one (distribution-spec v1.1, "Listing Referrers"). What lies is refused and
    listed, what fails makes the whole list DISCOVERY_INCOMPLETE.
    """
    (source,) = sources(1)
    reader = Reader(reference, limits, forms, Budget(reference, limits.total))
    candidates = _candidates(source, reference, limits, COSIGN_SUFFIXES[:1])
    return _kept(_read(sources, reader, candidates, limits), reference, limits)


def _candidates(
    source: Source, reference: Reference, limits: FetchLimits, suffixes: Sequence[str]
) -> list[Candidate]:
    try:
        listed = source.candidates(pin(reference), suffixes)
    except FetchError as error:
        raise incomplete(reference, error) from error
    # One manifest may be listed twice; that cosign marks it says more than that it is listed. Who
    # lists it with another size or type, as anybody can behind a tag, hides nothing by that.
    weight = (Trail.LISTED, Trail.REFERRER, Trail.COSIGN).index
    others = (each for each in listed if each.descriptor.digest != reference.digest)
    ordered = sorted(others, key=lambda each: weight(each.trail))
    stated = (each.descriptor for each in ordered)
    keys = ((each.digest, each.size, each.media_type) for each in stated)
    candidates = dict(zip(keys, ordered, strict=True))
    if len(candidates) > limits.referrers:
        raise too_many(reference, f"more than {limits.referrers:,} candidates")
    return list(candidates.values())


def _read(
    sources: Sources, reader: Reader, candidates: Sequence[Candidate], limits: FetchLimits
) -> Iterator[Found]:
    for found in spread(sources, candidates, reader.candidate, most=limits.connections):
        yield from found


def _kept(found: Iterable[Found], reference: Reference, limits: FetchLimits) -> tuple[Found, ...]:
    """Keep each thing once, in an order that no list decides."""
    kept: dict[object, tuple[str, Found]] = {}
    for each in found:
        if isinstance(each, Refusal):
            key: object = each.reference.digest
            order = str(key)
        else:
            # Two signatures by cosign may share their payload: what stands beside it differs.
            key = (each.artifact.digest, each.cosign, each.about)
            beside = "" if each.cosign is None else astuple(each.cosign)
            order = f"{each.artifact.digest} {beside} {each.about}"
        kept[key] = (order, each)
        if len(kept) > limits.referrers:
            raise too_many(reference, "more attached than the limits allow")
    return tuple(each for _, each in sorted(kept.values(), key=lambda item: item[0]))
