"""The same blob is never on its way twice at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

from attest.model.digest import Digest


class Flights:
    """Blobs on their way. Nothing is kept once it has come: that is the store's affair."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[Digest, _Flight] = {}

    def share(self, digest: Digest, fetch: Callable[[], bytes]) -> bytes:
        """Return what ``fetch`` gives, or what another thread's gives that has begun before."""
        with self._lock:
            flight = self._under_way.get(digest)
            if flight is None:
                mine = self._under_way[digest] = _Flight()
        if flight is not None:
            return flight.wait()
        try:
            mine.content = fetch()
        except BaseException as error:
            mine.error = error
            raise
        finally:
            with self._lock:
                del self._under_way[digest]
            mine.landed.set()
        return mine.content


class _Flight:
    def __init__(self) -> None:
        self.landed = threading.Event()
        self.content = b""
        self.error: BaseException | None = None

    def wait(self) -> bytes:
        self.landed.wait()
        if self.error is not None:
            raise self.error
        return self.content
