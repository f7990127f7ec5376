"""Stage 1, the only reads: files, OCI layouts, registries. Everything else is pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attest.fetch.fetcher import BUNDLE_SUFFIX, Fetcher
from attest.fetch.limits import FetchLimits

if TYPE_CHECKING:
    from attest.fetch.discovery import Discovery
    from attest.fetch.fetched import Fetched, Refusal
    from attest.fetch.store import Store

__all__ = [
    "BUNDLE_SUFFIX",
    "Discovery",
    "FetchLimits",
    "Fetched",
    "Fetcher",
    "Refusal",
    "Store",
    "user_store",
]


def user_store(tell: Callable[[str], None]) -> Callable[[], Store]:
    """Return what opens the user's store; ``tell`` is told when it cannot be used."""

    def opened() -> Store:
        from attest.fetch.store import Store

        return Store(tell)

    return opened


def __getattr__(name: str) -> Any:
    """Import what folders and registries give only when it is asked for."""
    if name in {"Fetched", "Refusal"}:
        from attest.fetch import fetched

        return getattr(fetched, name)
    if name == "Store":
        from attest.fetch.store import Store

        return Store
    if name == "Discovery":
        from attest.fetch.discovery import Discovery

        return Discovery
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
