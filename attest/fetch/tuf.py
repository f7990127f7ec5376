"""A file from a TUF repository, by the client workflow of the TUF specification.

The only importer of tuf. Its client decides what is signed, current and not older than before; the
connection is ours, so neither proxies nor caches of the user have a say.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    RepositoryError,
)
from tuf.ngclient.config import UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface
from tuf.ngclient.updater import Updater

from attest.errors import FetchError
from attest.fetch.client import Client
from attest.fetch.limits import FetchLimits
from attest.fetch.transport import Transport
from attest.fetch.urls import Url
from attest.model.frozen import frozen

MAX_TARGET = 4 << 20
"""Bytes of the file itself."""

_MAX_METADATA = 8 << 20
_OK = 200
_MEANING = {404: "NOT_FOUND", 401: "REGISTRY_DENIED", 403: "REGISTRY_DENIED"}


@frozen
class Repository:
    """A TUF repository: its URL, and the root metadata that its keys are believed from."""

    url: str
    root: bytes


class _Connection(FetcherInterface):
    """What tuf asks for, through the same bounded client as everything else."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            parsed = Url.parse(url)
        except ValueError as error:
            raise FetchError("REFERENCE_MALFORMED", f"{url:.200}: {error}") from None
        response = self._client.get(parsed, {}, limit=_MAX_METADATA)
        if response.status != _OK:
            raise DownloadHTTPError(f"{parsed}: status {response.status}", response.status)
        return iter((response.content,))


def download(
    repository: Repository, target: str, state: str, limits: FetchLimits | None = None
) -> bytes:
    """Return the file ``target``, as those who sign the repository's metadata vouch for it today.

    The metadata is kept in the folder ``state``, so that the next time none that is older is
    believed. Raise `FetchError`: TUF_ROOT_INVALID, TUF_REFUSED, TUF_EXPIRED, or what kept the
    bytes from coming.
    """
    bounds = limits or FetchLimits()
    transport = Transport(bounds)
    try:
        Path(state).mkdir(parents=True, exist_ok=True)
        return _updated(repository, target, state, Client(transport, bounds))
    except (RepositoryError, DownloadError) as error:
        raise _refusal(error, repository) from None
    except OSError as error:
        raise FetchError("TUF_STATE", f"{error}", where=state) from None
    finally:
        transport.close()


def _updated(repository: Repository, target: str, state: str, client: Client) -> bytes:
    with TemporaryDirectory(prefix="attest-tuf-") as folder:
        updater = _updater(repository, state, folder, client)
        updater.refresh()
        found = updater.get_targetinfo(target)
        if found is None:
            raise FetchError("NOT_FOUND", f"the repository has no {target}", where=repository.url)
        if found.length > MAX_TARGET:
            raise FetchError(
                "FILE_TOO_LARGE",
                f"{target} has {found.length:,} bytes; {MAX_TARGET:,} are allowed",
                where=repository.url,
            )
        return Path(updater.download_target(found)).read_bytes()


def _updater(repository: Repository, state: str, folder: str, client: Client) -> Updater:
    url = repository.url.rstrip("/")
    try:
        return Updater(
            metadata_dir=state,
            metadata_base_url=url,
            target_dir=folder,
            target_base_url=f"{url}/targets",
            fetcher=_Connection(client),
            config=UpdaterConfig(),
            bootstrap=repository.root,
        )
    except RepositoryError as error:
        raise FetchError(
            "TUF_ROOT_INVALID", f"the root metadata to begin with: {error!s:.300}", where=url
        ) from None


def _refusal(error: Exception, repository: Repository) -> FetchError:
    where = repository.url
    if isinstance(error.__cause__, FetchError):
        return error.__cause__
    if isinstance(error, ExpiredMetadataError):
        return FetchError("TUF_EXPIRED", f"{error!s:.300}", where=where)
    if isinstance(error, DownloadHTTPError):
        code = _MEANING.get(error.status_code, "REGISTRY_FAILED")
        return FetchError(code, f"{error!s:.300}", where=where)
    if isinstance(error, RepositoryError | DownloadLengthMismatchError):
        return FetchError("TUF_REFUSED", f"{type(error).__name__}: {error!s:.300}", where=where)
    return FetchError("REGISTRY_FAILED", f"{type(error).__name__}: {error!s:.300}", where=where)
