"""Stage 1 as its callers see it: every read of a run goes through one Fetcher.

What only folders, layouts or registries need is imported where they are read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

from attest.errors import FetchError
from attest.fetch import files
from attest.fetch.limits import FetchLimits
from attest.model.artifact import Artifact, Reference
from attest.model.attachment import Attachment, Form
from attest.model.digest import HEX_LENGTHS, Digest
from attest.model.network import Network

if TYPE_CHECKING:
    from attest.fetch.apis.place import Endpoint
    from attest.fetch.discovery import Discovery
    from attest.fetch.downloads import Downloads
    from attest.fetch.fetched import Fetched, Refusal
    from attest.fetch.source import Source
    from attest.fetch.spread import Sources
    from attest.fetch.store import Store
    from attest.fetch.transport import Transport

_LIMITS = FetchLimits()
BUNDLE_SUFFIX = ".sigstore.json"
"""Where the signature of a plain file lies: beside it."""

_NETWORK = frozenset({"oci", "http", "https"})


class Fetcher:
    """Reads files, folders, OCI layouts and registries, each byte bounded and checked.

    Every method raises ``FetchError`` and nothing else. With ``offline`` no socket is opened: what
    comes from a registry or a server is what ``store`` has, and otherwise refused, OFFLINE. One
    Fetcher serves one thread at a time.
    """

    def __init__(
        self,
        *,
        offline: bool,
        limits: FetchLimits = _LIMITS,
        store: Store | Callable[[], Store] | None = None,
        network: Network | None = None,
    ) -> None:
        self._offline = offline
        self._limits = limits
        self._given = store
        self._reached = network
        self._transport: Transport | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept open between calls, and tidy the store."""
        if self._given is not None and not callable(self._given):
            self._given.close()
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def file(self, reference: Reference, *, limit: int) -> Artifact:
        """Read one file of at most ``limit`` bytes; a pinned digest is checked."""
        self._expect(reference, "file")
        return files.read(reference, limit=limit)

    def digest(
        self, reference: Reference, algorithms: tuple[str, ...] = ("sha256", "sha512")
    ) -> tuple[Digest, ...]:
        """Digest a file of any size; the digest of an OCI reference is the one it carries."""
        if reference.scheme in {"oci", "oci-layout"}:
            from attest.fetch.source import pin

            return (pin(reference),)
        self._expect(reference, "file")
        for name in algorithms:
            if name not in HEX_LENGTHS or name not in hashlib.algorithms_available:
                raise FetchError("REFERENCE_MALFORMED", f"{name[:40]!r} is no digest algorithm")
        return files.digest(reference, algorithms)

    def folder(self, reference: Reference) -> tuple[Artifact | Refusal, ...]:
        """Return every entry below a folder, sorted by path: a file, or why it was refused."""
        self._expect(reference, "dir")
        from attest.fetch import folder

        return folder.read(reference, self._limits)

    def policy(self, reference: Reference, *, attached: bool = True) -> Fetched:
        """Fetch a policy: a bundle by digest with the signatures ``attached`` to it, or a file.

        A folder, for authors, comes as the manifest that pushing its files would give.
        """
        from attest.fetch import folder, oci
        from attest.fetch.authoring import folder_as_manifest
        from attest.fetch.fetched import Fetched

        if reference.scheme == "file":
            beside = self._beside(reference) if attached else ()
            return Fetched(files.read(reference, limit=self._limits.blob), attached=beside)
        if reference.scheme == "dir":
            return folder_as_manifest(reference, folder.read(reference, self._limits))
        if reference.scheme in {"http", "https"}:
            downloads = self._downloads()
            file = downloads.file(reference)
            bundle = downloads.beside(reference, BUNDLE_SUFFIX) if attached else None
            return Fetched(file, attached=() if bundle is None else (_bundle(bundle),))
        return oci.policy(self._sources(reference), reference, self._limits, attached=attached)

    def resolve(self, reference: Reference) -> Digest:
        """Return what a tag points to now; its digest is what counts from then on."""
        self._expect(reference, "oci", "oci-layout")
        if reference.tag is None:
            raise FetchError("DIGEST_REQUIRED", f"{reference} has no tag", where=str(reference))
        if reference.scheme == "oci-layout":
            from attest.fetch.layout import LayoutSource

            return LayoutSource(reference, self._limits).tagged(reference.tag)
        network = self._network(reference)
        from attest.fetch.registry import RegistrySource

        return RegistrySource(reference, self._limits, network).tagged(reference.tag)

    def discover(self, reference: Reference) -> Discovery:
        """Return an artifact in a registry or layout with everything attached to it.

        Nothing attached only when the place says so with authority; otherwise DISCOVERY_INCOMPLETE,
        DISCOVERY_LOOP or DISCOVERY_TOO_MANY.
        """
        self._expect(reference, "oci", "oci-layout")
        from attest.fetch import discovery

        sources = self._sources(reference, ask=reference.digest)
        return discovery.discover(sources, reference, self._limits)

    def download(self, reference: Reference) -> Artifact:
        """Return the file behind a pinned ``https:`` reference."""
        if reference.scheme not in {"https", "http"}:
            self._expect(reference, "https", "http")
        return self._downloads().file(reference)

    def attested(
        self, reference: Reference, endpoint: Endpoint, digest: Digest | None
    ) -> tuple[Artifact, ...]:
        """Return what the API at ``endpoint`` holds about an artifact, or about a package.

        None only when the API says so with authority (`attest.fetch.apis.ask.ask`).
        """
        network = self._network(reference)
        from attest.fetch.apis.ask import ask

        return ask(reference, endpoint, digest, self._limits, network)

    def _downloads(self) -> Downloads:
        from attest.fetch.downloads import Downloads

        return Downloads(self._limits, self._store, self._network, offline=self._offline)

    @property
    def _store(self) -> Store | None:
        """The store, opened when it is first needed."""
        if callable(self._given):
            self._given = self._given()
        return self._given

    def _beside(self, reference: Reference) -> tuple[Attachment, ...]:
        """Return the signature of a plain file: the bundle that lies beside it, if there is one."""
        place = replace(reference, locator=reference.locator + BUNDLE_SUFFIX, digest=None)
        try:
            bundle = files.read(place, limit=self._limits.manifest)
        except FetchError as error:
            if error.code == "FILE_NOT_FOUND":
                return ()
            raise
        return (_bundle(bundle),)

    def _sources(self, reference: Reference, ask: Digest | None = None) -> Sources:
        """Return what makes sources of one place, each for a thread of its own.

        A manifest of digest ``ask`` comes from the registry, whatever the store has.
        """
        from attest.fetch.source import pin

        pin(reference)
        if reference.scheme == "oci-layout":
            from attest.fetch.layout import LayoutSource

            layout = LayoutSource(reference, self._limits)
            return lambda _: (layout,)
        if reference.scheme != "oci":
            self._expect(reference, "oci")
        if self._store is not None and self._offline:
            from attest.fetch.stored import StoredSource

            stored = StoredSource(reference, self._limits, self._store, None)
            return lambda _: (stored,)
        self._network(reference)
        return self._registries(reference, ask)

    def _registries(self, reference: Reference, ask: Digest | None) -> Sources:
        from attest.fetch.registry import RegistrySource
        from attest.fetch.stored import StoredSource

        place: Source = RegistrySource(reference, self._limits, self._network(reference))
        if self._store is not None:
            place = StoredSource(reference, self._limits, self._store, place, ask)
        return lambda count: [place] * count

    def _network(self, reference: Reference) -> Transport:
        """Return the transport of this run, which keeps its connections."""
        if self._offline:
            message = f"{reference} needs the network"
            raise FetchError("OFFLINE", message, where=str(reference))
        if self._transport is None:
            from attest.fetch.transport import Transport

            self._transport = Transport(self._limits, network=self._reached)
        return self._transport

    def _expect(self, reference: Reference, *schemes: str) -> None:
        """Refuse another scheme; offline, what needs the network is refused as such."""
        if self._offline and reference.scheme in _NETWORK:
            self._network(reference)
        if reference.scheme not in schemes:
            expected = " or ".join(schemes)
            message = f"expected a reference of scheme {expected}, seen {reference}"
            raise FetchError("SCHEME_UNSUPPORTED", message, where=str(reference))


def _bundle(artifact: Artifact) -> Attachment:
    return Attachment(Form.BUNDLE, artifact)
