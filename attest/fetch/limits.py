"""The bounds on everything that is read."""

from __future__ import annotations

from typing import NamedTuple


class FetchLimits(NamedTuple):
    """Bounds in bytes, counts and seconds; what exceeds one is refused, never cut short.

    ``manifest`` is what every registry must support (OCI distribution-spec, "Pushing Manifests").
    ``total`` bounds the blobs of one manifest together, and a folder. ``layers`` counts per
    manifest, ``referrers`` per artifact. ``connect`` and ``read`` bound one wait, ``deadline`` a
    whole call whatever the server does. ``large`` bounds a blob that goes to a file; such a call
    may take longer, by one second for ``rate`` bytes. ``retry_wait`` is the longest wait a server
    may ask for, ``backoff`` the first wait when it asks for none. ``connections`` are those to one
    registry at a time.
    """

    manifest: int = 4 << 20
    blob: int = 64 << 20
    file: int = 64 << 20
    total: int = 512 << 20
    layers: int = 1_000
    referrers: int = 1_000
    files: int = 10_000
    depth: int = 32
    connect: float = 10.0
    read: float = 30.0
    large: int = 16 << 30
    rate: int = 1 << 20
    deadline: float = 120.0
    attempts: int = 3
    retry_wait: float = 10.0
    backoff: float = 0.5
    redirects: int = 3
    connections: int = 8
