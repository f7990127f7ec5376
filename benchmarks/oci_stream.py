"""One blob to nowhere, hashed on its way: for `benchmarks.oci`, in a process of its own."""

from __future__ import annotations

import io
import sys

from attest.fetch.limits import FetchLimits
from attest.fetch.manifest import Descriptor
from attest.fetch.registry import RegistrySource
from attest.fetch.transport import Transport
from attest.model.artifact import Reference
from attest.model.digest import Digest


class _Nowhere(io.BytesIO):
    def write(self, content: object) -> int:
        """Forget it."""
        return len(content)  # type: ignore[arg-type]  # bytes


def main(place: str, digest: str, size: int) -> None:
    """Read a blob of ``size`` bytes."""
    limits, wanted = FetchLimits(), Digest.parse(digest)
    source = RegistrySource(Reference("oci", place, wanted), limits, Transport(limits))
    source.save(Descriptor("application/octet-stream", wanted, size), _Nowhere())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
