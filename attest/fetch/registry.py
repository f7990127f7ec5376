"""OCI registries (distribution-spec v1.1): manifests, blobs and referrers, read only."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import BinaryIO

from attest.errors import FetchError
from attest.fetch import manifest as oci_manifest
from attest.fetch.auth import Authorization
from attest.fetch.client import Client
from attest.fetch.exchange import Deadline, Response
from attest.fetch.flights import Flights
from attest.fetch.layout import referrers_tag
from attest.fetch.limits import FetchLimits
from attest.fetch.links import next_page
from attest.fetch.manifest import Descriptor
from attest.fetch.names import repository
from attest.fetch.sink import HashingSink, Sink
from attest.fetch.source import Candidate, Trail
from attest.fetch.transport import Transport
from attest.fetch.urls import Url, plain
from attest.model.artifact import Reference
from attest.model.digest import Digest

_ACCEPT = {"Accept": ", ".join(sorted(oci_manifest.SUPPORTED))}

_OK, _PARTIAL, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY = 200, 206, 401, 403, 404, 429


class RegistrySource:
    """One repository, for the length of one call, which ends at its ``deadline``.

    Several threads may read from one at once.
    """

    def __init__(
        self,
        reference: Reference,
        limits: FetchLimits,
        transport: Transport,
        deadline: Deadline | None = None,
    ) -> None:
        self._reference = reference
        self._limits = limits
        self._repository = repository(reference.locator)
        self._client = Client(transport, limits, deadline)
        self.deadline = self._client.deadline
        self._authorization = Authorization(self._client, self._repository)
        self._flights = Flights()

    def manifest(self, digest: Digest) -> tuple[bytes, str]:
        """Return the manifest that the registry serves for ``digest``, and its Content-Type."""
        response = self._manifest(str(digest))
        if response is None:
            raise self._failed("NOT_FOUND", f"it has no manifest {digest}")
        return response.content, _media_type(response)

    def blob(self, descriptor: Descriptor) -> bytes:
        """Return the blob that the registry serves for ``descriptor``."""
        return self._flights.share(descriptor.digest, lambda: self._content(descriptor))

    def _content(self, descriptor: Descriptor) -> bytes:
        file = io.BytesIO()
        self._blob(descriptor, Sink(file, descriptor.size))
        return file.getvalue()

    def save(self, descriptor: Descriptor, file: BinaryIO) -> None:
        """Write a blob of up to ``limits.large`` bytes to ``file``, which must be empty.

        When this returns, digest and size are right; when it raises, nothing in ``file`` counts:
        DIGEST_MISMATCH, SIZE_MISMATCH, BLOB_TOO_LARGE, WRITE_FAILED, or what kept it from coming.
        """
        if descriptor.size > self._limits.large:
            message = f"it lists a blob of {descriptor.size:,} bytes; {self._limits.large:,}"
            raise self._failed("BLOB_TOO_LARGE", f"{message} are allowed")
        sink = HashingSink(file, descriptor.size, descriptor.digest)
        seconds = self._limits.deadline + descriptor.size / self._limits.rate
        self._blob(descriptor, sink, Deadline(seconds))
        sink.check(str(self._reference))

    def _blob(self, descriptor: Descriptor, sink: Sink, deadline: Deadline | None = None) -> None:
        url = self._url(f"blobs/{descriptor.digest}")
        response = self._get(
            url, {}, descriptor.size, "SIZE_MISMATCH", into=sink, deadline=deadline
        )
        if response.status == _NOT_FOUND:
            raise self._failed("NOT_FOUND", f"it has no blob {descriptor.digest}")
        # Part of a blob is an answer only where a part was asked for, and then it is all taken.
        if response.status != _PARTIAL or not sink.received:
            self._ok(response)

    def under(self, tag: str) -> tuple[bytes, str] | None:
        """Return what the registry serves under ``tag``, and its Content-Type, if there is any."""
        response = self._manifest(tag)
        return None if response is None else (response.content, _media_type(response))

    def tagged(self, tag: str) -> Digest:
        """Return the digest of the manifest that the registry serves under ``tag``."""
        response = self._manifest(tag)
        if response is None:
            raise self._failed("NOT_FOUND", f"it has no tag {tag}")
        digest = Digest.of(response.content)
        stated = response.headers.get("docker-content-digest", "")
        if stated.startswith(f"{digest.algorithm}:") and stated != str(digest):
            why = f"it serves {digest} under {tag} and says that it is {stated[:80]}"
            raise self._failed("DIGEST_MISMATCH", why)
        return digest

    def candidates(self, subject: Digest, suffixes: Sequence[str]) -> tuple[Candidate, ...]:
        """List what the referrers API, the referrers tag and the tags of cosign name.

        A registry may fill any of them: an empty API is seen where the tag is full.
        """
        listed = self._from_api(subject) + self._from_tag(subject)
        found = [Candidate(each, Trail.REFERRER) for each in listed]
        return (*found, *self._from_cosign(subject, suffixes))

    def _from_api(self, subject: Digest) -> list[Descriptor]:
        """Read every page of the API. No filter is asked for: some registries list wrong types."""
        url: Url | None = self._url(f"referrers/{subject}")
        found: list[Descriptor] = []
        asked: set[str] = set()
        while url is not None:
            if str(url) in asked:
                raise self._failed("DISCOVERY_LOOP", f"page {len(asked)} leads back to an earlier")
            asked.add(str(url))
            response = self._get(url, _ACCEPT, self._limits.manifest, "MANIFEST_TOO_LARGE")
            if response.status == _NOT_FOUND and len(asked) == 1:
                # distribution-spec: the API is not there, and the tag holds the list.
                return []
            if "oci-filters-applied" in response.headers:
                raise self._failed("REGISTRY_FAILED", "it filters a list that was asked for whole")
            found += self._listed(self._ok(response))
            if len(found) > self._limits.referrers or len(asked) > self._limits.referrers:
                raise self._failed("DISCOVERY_TOO_MANY", "the list of referrers goes on and on")
            url = self._next(response)
        return found

    def _from_tag(self, subject: Digest) -> list[Descriptor]:
        response = self._manifest(referrers_tag(subject))
        return [] if response is None else self._listed(response)

    def _from_cosign(self, subject: Digest, suffixes: Sequence[str]) -> list[Candidate]:
        """Describe what stands under each tag of cosign, which holds at most one manifest."""
        found = []
        for suffix in suffixes:
            tag = referrers_tag(subject) + suffix
            response = self._manifest(tag)
            if response is not None:
                content = response.content
                described = Digest.of(content), len(content)
                place = Descriptor(_media_type(response), *described)
                found.append(Candidate(place, Trail.COSIGN, tag))
        return found

    def _listed(self, response: Response) -> list[Descriptor]:
        index = oci_manifest.parse(
            response.content,
            served_as=_media_type(response),
            where=f"{self._reference} (referrers)",
            count=self._limits.referrers,
        )
        if not index.is_index:
            raise self._failed("MANIFEST_MALFORMED", "its list of referrers is not an image index")
        return list(index.manifests)

    def _next(self, response: Response) -> Url | None:
        try:
            following = next_page(response.headers.get("link", ""))
        except ValueError as error:
            raise self._failed("REGISTRY_FAILED", f"it gives {error}") from None
        if following is None:
            return None
        try:
            url = response.url.join(following, plain(self._client.network))
        except ValueError as error:
            raise self._failed("REDIRECT_REFUSED", f"its next page is refused: {error}") from None
        if url.origin != self._url("").origin:
            raise self._failed("REDIRECT_REFUSED", f"its next page is on another host, {url.host}")
        return url

    def _manifest(self, name: str) -> Response | None:
        """Return the manifest of a digest or tag; ``None`` when the registry says there is none."""
        response = self._get(
            self._url(f"manifests/{name}"), _ACCEPT, self._limits.manifest, "MANIFEST_TOO_LARGE"
        )
        return None if response.status == _NOT_FOUND else self._ok(response)

    def _get(
        self,
        url: Url,
        headers: dict[str, str],
        limit: int,
        too_large: str,
        into: Sink | None = None,
        deadline: Deadline | None = None,
    ) -> Response:
        """GET with the authorization that the registry asks for; whatever else it may answer."""
        sent = self._authorization.headers

        def get(also: dict[str, str]) -> Response:
            return self._client.get(
                url,
                headers | also,
                limit=limit,
                too_large=too_large,
                into=into,
                deadline=deadline,
            )

        response = get(sent)
        if response.status == _UNAUTHORIZED and response.url.origin == url.origin:
            self._authorization.answer(response, sent)
            response = get(self._authorization.headers)
        if response.status in {_UNAUTHORIZED, _FORBIDDEN}:
            raise self._failed("REGISTRY_DENIED", f"it denies access ({response.status})")
        if response.status == _TOO_MANY:
            raise self._failed("RATE_LIMITED", f"it answers with status {_TOO_MANY} every time")
        return response

    def _ok(self, response: Response) -> Response:
        if response.status != _OK:
            raise self._failed("REGISTRY_FAILED", f"it answers with status {response.status}")
        return response

    def _url(self, target: str) -> Url:
        try:
            path = f"/v2/{self._repository.name}/{target}"
            return Url.of_host(self._repository.host, path, self._client.network)
        except ValueError as error:
            raise FetchError("REFERENCE_MALFORMED", str(error)) from None

    def _failed(self, code: str, why: str) -> FetchError:
        where = str(self._reference)
        return FetchError(code, f"{where}: {self._repository.registry}: {why}", where=where)


def _media_type(response: Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip()
