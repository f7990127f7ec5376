"""OCI registries (distribution-spec v1.1): manifests, blobs and referrers, read only."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attest.errors import FetchError
from attest.fetch import manifest as oci_manifest
from attest.fetch import oras_auth
from attest.fetch.auth import Authorization
from attest.fetch.client import Client
from attest.fetch.layout import referrers_tag
from attest.fetch.limits import FetchLimits
from attest.fetch.manifest import Descriptor
from attest.fetch.source import Candidate, Trail
from attest.fetch.transport import Deadline, Response, Transport
from attest.fetch.urls import Url
from attest.model.artifact import Reference
from attest.model.digest import Digest

_ACCEPT = {"Accept": ", ".join(sorted(oci_manifest.SUPPORTED))}
_NEXT = re.compile(r'<([^<>]{1,4096})>\s*;[^,]*\brel="?next"?(?:[\s;,]|\Z)')
"""RFC 8288, as far as the "Listing Referrers" section of the specification uses it."""

_OK, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 200, 401, 403, 404


class RegistrySource:
    """One repository, for the length of one call, which ends at its ``deadline``."""

    def __init__(
        self,
        reference: Reference,
        limits: FetchLimits,
        transport: Transport,
        deadline: Deadline | None = None,
    ) -> None:
        self._reference = reference
        self._limits = limits
        self._repository = oras_auth.repository(reference.locator)
        self._client = Client(transport, limits, deadline)
        self.deadline = self._client.deadline
        self._authorization = Authorization(self._client, self._repository)

    def manifest(self, digest: Digest) -> tuple[bytes, str]:
        """Return the manifest that the registry serves for ``digest``, and its Content-Type."""
        response = self._manifest(str(digest))
        if response is None:
            raise self._failed("NOT_FOUND", f"it has no manifest {digest}")
        return response.content, _media_type(response)

    def blob(self, descriptor: Descriptor) -> bytes:
        """Return the blob that the registry serves for ``descriptor``."""
        target = f"blobs/{descriptor.digest}"
        response = self._get(self._url(target), {}, descriptor.size, "SIZE_MISMATCH")
        if response.status == _NOT_FOUND:
            raise self._failed("NOT_FOUND", f"it has no blob {descriptor.digest}")
        return self._ok(response).content

    def candidates(self, subject: Digest, suffixes: Sequence[str]) -> tuple[Candidate, ...]:
        """List what the referrers API, the referrers tag and the tags of cosign name.

        A registry may fill any of them: an empty API is seen where the tag is full.
        """
        listed = self._from_api(subject) + self._from_tag(subject)
        found = [Candidate(each, Trail.REFERRER) for each in listed]
        signed = self._from_cosign(subject, suffixes)
        return (*found, *(Candidate(each, Trail.COSIGN) for each in signed))

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

    def _from_cosign(self, subject: Digest, suffixes: Sequence[str]) -> list[Descriptor]:
        """Describe what stands under each tag of cosign, which holds at most one manifest."""
        found = []
        for suffix in suffixes:
            response = self._manifest(referrers_tag(subject) + suffix)
            if response is not None:
                content = response.content
                described = Digest.of(content), len(content)
                found.append(Descriptor(_media_type(response), *described))
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
        link = response.headers.get("link", "")
        match = _NEXT.search(link)
        if match is None:
            if "next" in link:
                raise self._failed("REGISTRY_FAILED", f"it gives an unreadable Link {link[:80]!r}")
            return None
        try:
            url = response.url.join(match[1])
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

    def _get(self, url: Url, headers: dict[str, str], limit: int, too_large: str) -> Response:
        """GET with the authorization that the registry asks for; 200 or 404."""
        response = self._send(url, headers, limit, too_large)
        if response.status == _UNAUTHORIZED and response.url.origin == url.origin:
            self._authorization.answer(response)
            response = self._send(url, headers, limit, too_large)
        if response.status in {_UNAUTHORIZED, _FORBIDDEN}:
            raise self._failed("REGISTRY_DENIED", f"it denies access ({response.status})")
        return response

    def _send(self, url: Url, headers: dict[str, str], limit: int, too_large: str) -> Response:
        return self._client.get(
            url,
            headers | self._authorization.headers,
            limit=limit,
            too_large=too_large,
        )

    def _ok(self, response: Response) -> Response:
        if response.status != _OK:
            raise self._failed("REGISTRY_FAILED", f"it answers with status {response.status}")
        return response

    def _url(self, target: str) -> Url:
        try:
            return Url.of_host(self._repository.host, f"/v2/{self._repository.name}/{target}")
        except ValueError as error:
            raise FetchError("REFERENCE_MALFORMED", str(error)) from None

    def _failed(self, code: str, why: str) -> FetchError:
        where = str(self._reference)
        return FetchError(code, f"{where}: {self._repository.registry}: {why}", where=where)


def _media_type(response: Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip()
