"""OCI manifests and descriptors, read strictly (image-spec v1.1, manifest.md, descriptor.md)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from attest.errors import FetchError
from attest.model import strict_json
from attest.model.digest import Digest
from attest.model.frozen import frozen

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
EMPTY = "application/vnd.oci.empty.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
IMAGES = frozenset({MANIFEST, DOCKER_MANIFEST})
INDEXES = frozenset({INDEX, DOCKER_INDEX})
SUPPORTED = IMAGES | INDEXES

TITLE = "org.opencontainers.image.title"
REF_NAME = "org.opencontainers.image.ref.name"

_MEDIA_TYPE = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+;= -]{0,126}"
)
_MAX_SIZE = (1 << 63) - 1
_EMPTY_OBJECT = b"{}"
_JSON_DEPTH = 32
_SCHEMA_VERSION = 2


class _MalformedError(ValueError):
    """A reason why a document is no manifest; `parse` makes the refusal of it."""


@frozen
class Descriptor:
    """What a manifest says of a piece of content: its media type, digest and size in bytes."""

    media_type: str
    digest: Digest
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)


@frozen
class Manifest:
    """One image manifest or index: an index has ``manifests``, an image ``config`` and ``layers``.

    ``media_type`` is what the document and its server agree on; ``artifact_type`` is ``""`` when it
    states none.
    """

    media_type: str
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    manifests: tuple[Descriptor, ...] = ()
    subject: Descriptor | None = None
    artifact_type: str = ""

    @property
    def is_index(self) -> bool:
        """Whether this lists manifests instead of being one."""
        return self.media_type in INDEXES

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """The configuration and the layers."""
        return ((self.config,) if self.config else ()) + self.layers


def parse(content: bytes, *, served_as: str = "", where: str = "", count: int = 1_000) -> Manifest:
    """Read a manifest or index of at most ``count`` layers or manifests.

    ``served_as`` is the media type that a descriptor or a Content-Type header gave; when the
    document states one too they must agree. Raises MANIFEST_MALFORMED, MANIFEST_AMBIGUOUS,
    MANIFEST_UNSUPPORTED, MANIFEST_TOO_LARGE or MEDIA_TYPE_MISMATCH.
    """
    try:
        document = _object(strict_json.parse(content, max_depth=_JSON_DEPTH), "a manifest")
        if "layers" in document and "manifests" in document:
            raise FetchError("MANIFEST_AMBIGUOUS", "layers and manifests together", where=where)
        _check_version(document, where)
        media_type = _agreed(document, served_as, where)
        for key in ("layers", "manifests"):
            _check_count(document.get(key), key, count, where)
        return _manifest(document, media_type)
    except ValueError as error:
        raise FetchError("MANIFEST_MALFORMED", f"{where}: {error}", where=where) from None


def _descriptors(document: dict[str, Any], key: str) -> tuple[Descriptor, ...]:
    found = document.get(key)
    if not isinstance(found, list):
        raise _MalformedError(f"expected {key} to be a list, seen {type(found).__name__}")
    return tuple(_descriptor(each, f"{key}[{i}]") for i, each in enumerate(found))


def _manifest(document: dict[str, Any], media_type: str) -> Manifest:
    stated = document.get("subject")
    subject = None if stated is None else _descriptor(stated, "subject")
    artifact_type = _artifact_type(document)
    if media_type in INDEXES:
        listed = _descriptors(document, "manifests")
        return Manifest(media_type, manifests=listed, subject=subject, artifact_type=artifact_type)
    return Manifest(
        media_type,
        config=_descriptor(document.get("config"), "config"),
        layers=_descriptors(document, "layers"),
        subject=subject,
        artifact_type=artifact_type,
    )


def _artifact_type(document: dict[str, Any]) -> str:
    """The artifact type as stated; clients write an empty one for none."""
    stated = document.get("artifactType") or ""
    if not isinstance(stated, str) or (stated and not _MEDIA_TYPE.fullmatch(stated)):
        raise _MalformedError("artifactType is not a media type")
    return stated


def _agreed(document: dict[str, Any], served_as: str, where: str) -> str:
    """The media type on which the document and whoever delivered it agree."""
    stated = document.get("mediaType")
    if stated is not None and not isinstance(stated, str):
        raise _MalformedError(f"expected mediaType to be text, seen {type(stated).__name__}")
    if stated and served_as and stated != served_as:
        message = f"{where}: delivered as {served_as[:80]}, its own mediaType is {stated[:80]}"
        raise FetchError("MEDIA_TYPE_MISMATCH", message, where=where)
    # OCI image-spec 1.0 did not ask for mediaType; the kind of list then tells.
    kind = stated or served_as or (INDEX if "manifests" in document else MANIFEST)
    if kind not in SUPPORTED:
        message = f"{where}: expected an OCI manifest or index, seen {kind[:80]}"
        raise FetchError("MANIFEST_UNSUPPORTED", message, where=where)
    return kind


def _check_version(document: dict[str, Any], where: str) -> None:
    version = document.get("schemaVersion")
    if version is not True and version == 1:
        # Its digest leaves out a part of its bytes, and it names no configuration.
        message = f"{where}: an image manifest of Docker's schema 1, which is obsolete"
        raise FetchError("MANIFEST_UNSUPPORTED", message, where=where)
    if type(version) is not int or version != _SCHEMA_VERSION:
        raise _MalformedError(
            f"expected schemaVersion {_SCHEMA_VERSION}, seen {str(version)[:40]!r}"
        )


def _check_count(found: Any, key: str, count: int, where: str) -> None:
    if isinstance(found, list) and len(found) > count:
        message = f"{where}: expected at most {count:,} {key}, seen {len(found):,}"
        raise FetchError("MANIFEST_TOO_LARGE", message, where=where)


def _descriptor(value: Any, what: str) -> Descriptor:
    document = _object(value, what)
    media_type, digest, size = (document.get(key) for key in ("mediaType", "digest", "size"))
    if not isinstance(media_type, str) or not _MEDIA_TYPE.fullmatch(media_type):
        raise _MalformedError(f"{what} has no valid mediaType")
    if not isinstance(digest, str):
        raise _MalformedError(f"{what} has no digest")
    # JSON true is an int to Python.
    if type(size) is not int or not 0 <= size <= _MAX_SIZE:
        raise _MalformedError(f"{what} has no valid size")
    annotations = _object(document.get("annotations", {}), f"{what}.annotations")
    if not all(isinstance(text, str) for text in annotations.values()):
        raise _MalformedError(f"{what}.annotations holds a value that is not text")
    described = Descriptor(media_type, Digest.parse(digest[:200]), size, annotations)
    _check_known(described, document.get("data"), what)
    return described


def _check_known(described: Descriptor, data: Any, what: str) -> None:
    """Refuse a descriptor whose content is known, by its type or in ``data``, and is not that.

    image-spec v1.1, descriptor.md: ``data`` "MUST be" the content; manifest.md, "Guidance for an
    Empty Descriptor": the content is ``{}``. Neither is used: everything is read by its digest.
    """
    known = [_EMPTY_OBJECT] if described.media_type == EMPTY else []
    if data is not None:
        try:
            known.append(base64.b64decode(data, validate=True))
        except (TypeError, ValueError, binascii.Error):
            raise _MalformedError(f"{what}.data is not base64") from None
    for content in known:
        if len(content) != described.size or not described.digest.matches(content):
            raise _MalformedError(f"{what} is known to hold what its digest does not name")


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _MalformedError(f"expected {what} to be an object, seen {type(value).__name__}")
    return value
