"""A thousand different bundles over one file, by a private Sigstore: for `benchmarks.trust`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attest.testing import BundleKnobs, LogKnobs, PrivateSigstore

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KINDS = {"rekor-v1": (1, False), "rekor-v2-tsa": (2, True)}
"""The version of the log, and whether a timestamp authority has stamped the signature."""


def make(folder: Path, count: int) -> None:
    """Write the trust root, the file, and ``count`` bundles of each kind as JSON Lines.

    Every bundle has a certificate, a log entry and a signature of its own. The first one stands in
    a file of its own too.
    """
    box = PrivateSigstore(NOW)
    blob = b"the released artifact\n" * 64
    (folder / "app").write_bytes(blob)
    (folder / "root.json").write_bytes(box.trusted_root())
    for name, (version, stamped) in KINDS.items():
        knobs = BundleKnobs(log=LogKnobs(version=version))
        bundles = [
            box.sign_blob(blob, at=NOW + timedelta(seconds=at), timestamp=stamped, knobs=knobs)
            for at in range(count)
        ]
        (folder / f"{name}.jsonl").write_bytes(b"\n".join(bundles))
        (folder / f"{name}.json").write_bytes(bundles[0])


if __name__ == "__main__":
    make(Path(sys.argv[1]), int(sys.argv[2]))
