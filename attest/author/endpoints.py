"""Where artifacts are copied from and to: registries and layouts, by reference."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from attest.author.layout_target import LayoutTarget
from attest.author.tar_target import SUFFIX, TarTarget
from attest.author.targets import Saving, Target
from attest.errors import FetchError, UsageError
from attest.fetch import FetchLimits
from attest.fetch.layout import LayoutSource
from attest.model.artifact import Reference
from attest.model.network import Network

if TYPE_CHECKING:
    from attest.fetch.transport import Transport

_LIMITS = FetchLimits()


class Endpoints:
    """Opens sources and targets; at its end tar files are packed and connections closed.

    ``offline`` opens layouts alone, OFFLINE.
    """

    def __init__(
        self,
        network: Network | None = None,
        *,
        offline: bool = False,
        limits: FetchLimits = _LIMITS,
    ) -> None:
        self.limits = limits
        self._network = network
        self._offline = offline
        self._transport: Transport | None = None
        self._packed: list[TarTarget] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            for packed in self._packed if kind is None else ():
                packed.finish()
        finally:
            for packed in self._packed:
                packed.discard()
            if self._transport is not None:
                self._transport.close()

    def source(self, place: Reference) -> Saving:
        """Open a place to read from; it checks nothing that `attest.fetch.source` does not."""
        if place.scheme == "oci-layout":
            return LayoutSource(place, self.limits)
        transport = self._connected(place)
        from attest.fetch.registry import RegistrySource

        return RegistrySource(place, self.limits, transport)

    def target(self, place: Reference) -> Target:
        """Open a place to write to; credentials for it are asked for when it wants them."""
        if place.scheme == "oci-layout":
            path = Path(os.path.join(place.base, place.locator))  # noqa: PTH118  # locators are text
            return self._layout(path)
        transport = self._connected(place)
        from attest.fetch.push import RegistryTarget

        return RegistryTarget(place, self.limits, transport)

    def _layout(self, path: Path) -> LayoutTarget:
        if path.suffix != SUFFIX or path.is_dir():
            return LayoutTarget(path, self.limits)
        self._packed.append(TarTarget(path, self.limits))
        return self._packed[-1]

    def pinned(self, place: Reference, *, allow_tag: bool) -> Reference:
        """Return ``place`` with a digest; a tag alone needs permission and is resolved once."""
        if place.digest is not None:
            return place
        if place.tag is None:
            raise UsageError("DIGEST_REQUIRED", f"{place} carries no digest", where=str(place))
        if not allow_tag:
            message = f"{place} names a tag and no digest"
            hint = "Append the digest, or give --allow-tag to take what the tag points to now."
            raise UsageError("TAG_UNPINNED", message, hint=hint, where=str(place))
        return replace(place, digest=self.source(place).tagged(place.tag))

    def _connected(self, place: Reference) -> Transport:
        if place.scheme != "oci":
            message = f"expected oci: or oci-layout:, seen {place}"
            raise UsageError("SCHEME_UNSUPPORTED", message, where=str(place))
        if self._offline:
            raise FetchError("OFFLINE", f"{place} needs the network", where=str(place))
        if self._transport is None:
            from attest.fetch.transport import Transport

            self._transport = Transport(self.limits, network=self._network)
        return self._transport
