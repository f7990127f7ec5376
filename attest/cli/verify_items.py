"""Where ``attest verify`` finds signatures: bundles, detached parts, envelopes, registries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from attest.cli import options
from attest.cli.verify_options import Given
from attest.cli.verify_trust import subject as read_subject
from attest.errors import UsageError, VerificationError
from attest.fetch import Fetcher
from attest.model.artifact import Artifact, Reference
from attest.verification import Detached, Item, Outcome, Subject

BUNDLE_LIMIT = 64 << 20
PART_LIMIT = 1 << 20
"""Bytes of one file with bundles, and of a signature, certificate or timestamp."""

_BESIDE = frozenset({"oci", "oci-layout"})
_SOURCES = ("bundle", "signature", "envelope")
_OF_SIGNATURE = ("certificate", "certificate_chain", "rfc3161_timestamp")


class Found(NamedTuple):
    """What is to be verified, about what; ``unread`` was found and could not be read."""

    items: Sequence[Item]
    subject: Subject
    unread: tuple[Outcome, ...] = ()


def find(fetcher: Fetcher, subject: str, given: Given, names: Collection[str] = ()) -> Found:
    """Return what the options name, or what lies beside SUBJECT when they name nothing."""
    sources = [name for name in _SOURCES if getattr(given, name) is not None]
    if len(sources) > 1:
        raise UsageError("OPTION_CONFLICT", f"--{sources[0]} and --{sources[1]} exclude each other")
    for name in _OF_SIGNATURE:
        if getattr(given, name) is not None and given.signature is None:
            raise UsageError("OPTION_INVALID", f"{_option(name)} needs --signature")
    if given.certificate_chain is not None and given.certificate is None:
        raise UsageError("OPTION_INVALID", "--certificate-chain needs --certificate")
    if not sources:
        return _beside(fetcher, subject)
    messages = read_subject(fetcher, subject, names)
    if given.signature is not None:
        return Found([_detached(fetcher, given)], messages)
    return Found(_bundles(fetcher, given), messages)


def _bundles(fetcher: Fetcher, given: Given) -> Sequence[Item]:
    from attest.verify.collection import split

    if given.envelope is not None:
        envelope = _file(fetcher, given.envelope, "--envelope", BUNDLE_LIMIT)
        if b'"payloadType"' not in envelope.content or b'"mediaType"' in envelope.content:
            raise _no_envelope(envelope)
        return [envelope]
    return split(_file(fetcher, given.bundle or "", "--bundle", BUNDLE_LIMIT))


def _no_envelope(given: Artifact) -> VerificationError:
    from attest.decode import recognise

    return VerificationError(
        "BUNDLE_MALFORMED",
        f"expected a bare DSSE envelope; the file is: {recognise(given.content).what}",
        hint="A Sigstore bundle is given with --bundle.",
        where=str(given.reference),
    )


def _detached(fetcher: Fetcher, given: Given) -> Detached:
    from attest.verify.parts import read_parts

    parts: dict[str, bytes | None] = {}
    for name in ("signature", *_OF_SIGNATURE):
        path = getattr(given, name)
        file = None if path is None else _file(fetcher, path, _option(name), PART_LIMIT)
        parts[name] = None if file is None else file.content
    signature = _file(fetcher, given.signature or "", "--signature", PART_LIMIT)
    return Detached(
        signature,
        read_parts(
            signature.content,
            parts["certificate"],
            parts["certificate_chain"],
            parts["rfc3161_timestamp"],
        ),
    )


def _beside(fetcher: Fetcher, text: str) -> Found:
    """Everything that is attached to SUBJECT in its registry or layout."""
    place = _place(text)
    if place is None:
        raise UsageError(
            "OPTION_INVALID",
            "nothing says where the signature is: give --bundle, --signature or --envelope",
        )
    from attest.model.attachment import Attachment, Form

    discovery = fetcher.discover(place)
    items: list[Item] = []
    unread: list[Outcome] = []
    for one in discovery.found:
        if not isinstance(one, Attachment):
            unread.append(_refused(one.problem.code, one.problem.message, str(one.reference)))
        elif one.form in {Form.OTHER, Form.NOTARY, Form.DOCUMENT}:
            message = f"a {one.form} ({one.artifact.media_type}), which is not verified"
            unread.append(_refused("BUNDLE_MALFORMED", message, str(one.artifact.reference)))
        else:
            items.append(one)
    if not items:
        raise VerificationError(
            "SIGNATURE_MISSING",
            f"expected a signature or attestation beside {place}; seen none"
            + (f" that is read, of {len(unread)} attached" if unread else ""),
            where=text,
        )
    return Found(items, [discovery.subject], tuple(unread))


def _place(text: str) -> Reference | None:
    if text.partition(":")[0] not in _BESIDE:
        return None
    return options.reference(text, "SUBJECT")


def _refused(code: str, message: str, where: str) -> VerificationError:
    return VerificationError(code, message, where=where)


def _file(fetcher: Fetcher, path: str, option: str, limit: int) -> Artifact:
    return fetcher.file(options.reference(path, option), limit=limit)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
