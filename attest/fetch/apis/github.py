"""GitHub's REST API, "List attestations" of a repository (docs.github.com/rest/repos/attestations).

``GET /repos/{owner}/{repo}/attestations/{subject_digest}`` answers ``{"attestations": [{"bundle",
"bundle_url", "repository_id"}]}``, page by page: the next one is in ``Link`` ("Using pagination in
the REST API"). The documentation knows no status but 200, so 404, which also stands for missing
permission ("Troubleshooting the REST API"), is not an empty answer.
"""

from __future__ import annotations

from typing import Any

from attest.fetch.apis.place import Place
from attest.fetch.apis.session import Session
from attest.fetch.apis.snappy import decode
from attest.fetch.exchange import Response
from attest.fetch.links import next_page
from attest.fetch.urls import Url, plain
from attest.model import strict_json
from attest.model.artifact import Artifact
from attest.model.digest import Digest

_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_PER_PAGE = 30


def attestations(session: Session, place: Place, digest: Digest | None) -> list[Artifact]:
    """Return every attestation that the repository holds about ``digest`` (SHA-256)."""
    url: Url | None = session.url(f"/repos/{place.name}/attestations/{digest}?per_page={_PER_PAGE}")
    found: list[Artifact] = []
    asked: set[str] = set()
    while url is not None:
        if str(url) in asked:
            raise session.failed("DISCOVERY_LOOP", f"page {len(asked)} leads back to an earlier")
        if len(asked) == session.limits.referrers:
            raise session.failed("DISCOVERY_TOO_MANY", f"more than {len(asked):,} pages")
        asked.add(str(url))
        response = session.ok(session.get(url, _HEADERS))
        found += [
            session.attestation(bundle_of(session, entry, response))
            for entry in session.items(session.document(response), "attestations")
        ]
        url = _next(session, response, url)
    return found


def bundle_of(session: Session, entry: dict[str, Any], listed: Response) -> Any:
    """Return the bundle of an entry, which is in it or behind its ``bundle_url``.

    The storage behind that URL must not be less public than the API, and is sent nothing.
    """
    if entry.get("bundle") is not None:
        return entry["bundle"]
    link = entry.get("bundle_url")
    if not isinstance(link, str):
        raise session.malformed("expected an attestation to have a bundle or a bundle_url")
    url = session.parsed(link)
    if listed.url.scheme == "https" and url.scheme != "https":
        raise session.failed("REDIRECT_REFUSED", f"from https to {url.scheme}")
    content = session.ok(session.get(url, {}, least=listed.reach)).content
    try:
        if not content.startswith(b"{"):
            content = decode(content, limit=session.limits.blob)
        return strict_json.parse(content)
    except ValueError as error:
        raise session.malformed(f"a bundle is {error}") from None


def _next(session: Session, response: Response, url: Url) -> Url | None:
    try:
        place = next_page(response.headers.get("link", ""))
    except ValueError as error:
        raise session.malformed(str(error)) from None
    if place is None:
        return None
    try:
        following = response.url.join(place, plain(session.network))
    except ValueError as error:
        raise session.failed("REDIRECT_REFUSED", f"its next page is refused: {error}") from None
    if following.origin != url.origin:
        raise session.failed("REDIRECT_REFUSED", f"its next page is on {following.host}")
    return following
