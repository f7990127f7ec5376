"""A registry to write to (distribution-spec v1.1, "Pushing"): blobs, manifests, referrers."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import quote

from attest.errors import FetchError
from attest.fetch import manifest as oci_manifest
from attest.fetch.auth import Authorization
from attest.fetch.client import Client, asked_wait
from attest.fetch.exchange import Bounds, Deadline, Outgoing, Response
from attest.fetch.layout import referrers_tag
from attest.fetch.limits import FetchLimits
from attest.fetch.manifest import Descriptor
from attest.fetch.names import repository
from attest.fetch.registry import RegistrySource
from attest.fetch.transport import Transport
from attest.fetch.urls import Url, plain
from attest.model import strict_json
from attest.model.artifact import Reference
from attest.model.digest import Digest

_OK, _CREATED, _ACCEPTED, _UNAUTHORIZED, _FORBIDDEN = 200, 201, 202, 401, 403
_RETRIED = frozenset({429, 500, 502, 503, 504})
_BROKEN = frozenset({"REGISTRY_UNREACHABLE", "BODY_TRUNCATED"})
_ANSWER = 64 << 10
_TRIES = 4
"""How often the list of referrers is written when others write it at the same time."""


class RegistryTarget:
    """One repository that is written to, with a token for exactly that.

    What the registry then has is compared with what was sent: PUSH_MISMATCH. Raises PUSH_DENIED,
    PUSH_FAILED, and what keeps a registry from being reached at all.
    """

    def __init__(self, reference: Reference, limits: FetchLimits, transport: Transport) -> None:
        self._reference = reference
        self._limits = limits
        self._transport = transport
        self._repository = repository(reference.locator)
        self._client = Client(transport, limits)
        self._authorization = Authorization(self._client, self._repository, actions="pull,push")

    def has(self, descriptor: Descriptor) -> bool:
        """Tell whether the registry already has a blob of this digest and size."""
        url = self._url(f"blobs/{descriptor.digest}")
        limit = max(descriptor.size, _ANSWER)
        response = self._send(url, Outgoing({}, "HEAD"), limit=limit)
        return response.status == _OK and response.headers.get("content-length") == str(
            descriptor.size
        )

    def blob(self, descriptor: Descriptor, file: BinaryIO) -> None:
        """Send a whole blob, read from the beginning of ``file``."""
        begun = self._send(self._url("blobs/uploads/"), Outgoing({"Content-Length": "0"}, "POST"))
        if begun.status != _ACCEPTED:
            raise self._refused(begun, "does not begin an upload")
        location = begun.headers.get("location", "")
        joint = "&" if "?" in location else "?"
        try:
            place = begun.url.join(
                f"{location}{joint}digest={quote(str(descriptor.digest))}", self._plain
            )
        except ValueError as error:
            raise self._failed(
                "PUSH_FAILED", f"its place for uploads is refused: {error}"
            ) from None
        if place.origin != begun.url.origin:
            raise self._failed("PUSH_FAILED", f"it wants the blob at another host, {place.host}")
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(descriptor.size),
        }
        answer = self._send(place, Outgoing(headers, "PUT", file), size=descriptor.size)
        if answer.status != _CREATED:
            raise self._refused(answer, f"does not take the blob {descriptor.digest}")
        self._check(answer, descriptor.digest)

    def manifest(
        self,
        content: bytes,
        media_type: str,
        tag: str | None = None,
        *,
        child: bool = False,  # noqa: ARG002  # a layout's affair
    ) -> None:
        """Send a manifest, under its digest and a tag; list it where its subject asks for that.

        A ``child``, one that an index lists, is sent as any other.
        """
        digest = Digest.of(content)
        listed = self._put(str(digest), content, media_type)
        if tag is not None:
            self._put(tag, content, media_type)
        served, _ = self._source().manifest(digest)
        if served != content:
            raise self._failed("PUSH_MISMATCH", f"it serves other bytes than were sent as {digest}")
        manifest = oci_manifest.parse(content, served_as=media_type, count=self._limits.layers)
        if manifest.subject is not None and not listed:
            self._list(manifest.subject.digest, _entry(content, media_type))

    def _put(self, name: str, content: bytes, media_type: str) -> bool:
        """Return whether the registry lists the manifest as a referrer by itself."""
        url = self._url(f"manifests/{name}")
        answer = self._send(url, Outgoing({"Content-Type": media_type}, "PUT", content))
        if answer.status not in {_OK, _CREATED, _ACCEPTED}:
            raise self._refused(answer, f"does not take the manifest {name}")
        self._check(answer, Digest.of(content))
        return "oci-subject" in answer.headers

    def _list(self, subject: Digest, entry: dict[str, Any]) -> None:
        """Add ``entry`` to the index behind the referrers tag of ``subject``.

        distribution-spec, "Pushing Manifests with Subject". Two clients may write at once, and the
        one who is later wins: therefore it is read again.
        """
        tag = referrers_tag(subject)
        for _ in range(_TRIES):
            entries = self._listed(tag)
            if any(each.get("digest") == entry["digest"] for each in entries):
                return
            document = {
                "schemaVersion": 2,
                "mediaType": oci_manifest.INDEX,
                "manifests": [*entries, entry],
            }
            content = json.dumps(document, separators=(",", ":")).encode()
            if len(content) > self._limits.manifest:
                raise self._failed("PUSH_FAILED", f"the list of referrers {tag} is full")
            self._put(tag, content, oci_manifest.INDEX)
        if not any(each.get("digest") == entry["digest"] for each in self._listed(tag)):
            why = f"the list of referrers {tag} goes on changing while it is written"
            raise self._failed("PUSH_FAILED", why)

    def _listed(self, tag: str) -> list[dict[str, Any]]:
        """Return the entries behind a tag, with everything that others wrote into them."""
        found = self._source().under(tag)
        if found is None:
            return []
        content, media_type = found
        listed = oci_manifest.parse(content, served_as=media_type, count=self._limits.referrers)
        if not listed.is_index:
            raise self._failed("PUSH_FAILED", f"what stands under the tag {tag} is not an index")
        entries: list[dict[str, Any]] = strict_json.parse(content)["manifests"]
        return entries

    def _source(self) -> RegistrySource:
        return RegistrySource(self._reference, self._limits, self._transport)

    def _check(self, answer: Response, digest: Digest) -> None:
        stated = answer.headers.get("docker-content-digest", "")
        if stated.startswith(f"{digest.algorithm}:") and stated != str(digest):
            why = f"it calls what was sent as {digest} {stated[:100]}"
            raise self._failed("PUSH_MISMATCH", why)

    def _send(self, url: Url, sent: Outgoing, *, limit: int = _ANSWER, size: int = 0) -> Response:
        """Send with the authorization that the registry asks for; neither 401 nor 403."""
        deadline = Deadline(self._limits.deadline + size / self._limits.rate)
        bounds = Bounds(limit, "REGISTRY_FAILED", deadline)
        before = self._authorization.headers
        response = self._attempts(url, sent, before, bounds)
        if response.status == _UNAUTHORIZED:
            try:
                self._authorization.answer(response, before)
            except FetchError as error:
                code = "PUSH_DENIED" if error.code == "REGISTRY_DENIED" else error.code
                raise FetchError(code, error.message, where=error.where) from None
            response = self._attempts(url, sent, self._authorization.headers, bounds)
        if response.status in {_UNAUTHORIZED, _FORBIDDEN}:
            raise self._failed("PUSH_DENIED", f"it denies writing ({response.status})")
        return response

    def _attempts(
        self, url: Url, sent: Outgoing, also: Mapping[str, str], bounds: Bounds
    ) -> Response:
        """Send until the registry is not too busy; what is sent by digest may be sent twice."""
        headers = {**sent.headers, **also}
        attempt = 0
        while True:
            attempt += 1
            last = attempt >= self._limits.attempts
            if sent.body is not None and not isinstance(sent.body, bytes):
                sent.body.seek(0)
            outgoing = Outgoing(headers, sent.method, sent.body)
            asked: float | None = None
            try:
                response = self._transport.send(url, outgoing, bounds)
            except FetchError as error:
                if error.code not in _BROKEN or last:
                    raise
            else:
                if response.status not in _RETRIED or last:
                    return response
                asked = asked_wait(response.headers)
            seconds = self._limits.backoff * 2 ** (attempt - 1) if asked is None else asked
            seconds *= 1 + random.random() / 4  # noqa: S311  # no secret
            left = bounds.deadline.remaining(url.host)
            time.sleep(min(seconds, self._limits.retry_wait, left))

    @property
    def _plain(self) -> frozenset[str]:
        return plain(self._client.network)

    def _url(self, target: str) -> Url:
        try:
            path = f"/v2/{self._repository.name}/{target}"
            return Url.of_host(self._repository.host, path, self._client.network)
        except ValueError as error:
            raise FetchError("REFERENCE_MALFORMED", str(error)) from None

    def _refused(self, response: Response, what: str) -> FetchError:
        return self._failed("PUSH_FAILED", f"it {what}: status {response.status}")

    def _failed(self, code: str, why: str) -> FetchError:
        where = str(self._reference)
        return FetchError(code, f"{where}: {self._repository.registry}: {why}", where=where)


def _entry(content: bytes, media_type: str) -> dict[str, Any]:
    """Describe a manifest in a list of referrers, with the type and annotations that it states."""
    document = strict_json.parse(content)
    entry: dict[str, Any] = {
        "mediaType": media_type,
        "digest": str(Digest.of(content)),
        "size": len(content),
    }
    config = document.get("config")
    # distribution-spec, "Listing Referrers": the type of the configuration where there is no other.
    kind = document.get("artifactType") or (config or {}).get("mediaType")
    if kind:
        entry["artifactType"] = kind
    if document.get("annotations"):
        entry["annotations"] = document["annotations"]
    return entry
