"""What `benchmarks.oci` reads: a large policy, one of many files, and an artifact much attested."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from attest.author.layout import Layer, Layout
from attest.testing import PrivateSigstore

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
_STATEMENT = "https://in-toto.io/Statement/v1"
_PIECE = 16 << 20


def make(folder: Path, attested: list[int]) -> None:
    """Write a layout, ``names.json`` with its digests, and the trust root of its attestations."""
    layout, box = Layout(), PrivateSigstore(NOW)
    large = os.urandom(5 << 20)
    names = {
        "policy": str(layout.add_manifest([Layer(large, "application/octet-stream", "large")])),
        "blob": f"sha256:{hashlib.sha256(large).hexdigest()}",
        "small": str(layout.add_manifest([_small(number) for number in range(200)])),
    }
    for count in attested:
        subject = layout.add_manifest([Layer(b"%d" % count, "text/plain")])
        names[f"attested-{count}"] = str(subject)
        for number in range(count):
            document = {
                "_type": _STATEMENT,
                "subject": [{"name": "artifact", "digest": {"sha256": subject.value}}],
                "predicateType": "https://example.org/check/v1",
                "predicate": {"number": number},
            }
            at = NOW + timedelta(seconds=number)
            layout.attach(subject, box.sign_statement(json.dumps(document).encode(), at=at))
    layout.write(folder / "layout")
    (folder / "root.json").write_bytes(box.trusted_root())
    names["huge"] = _huge(folder / "huge", 1 << 30)
    (folder / "names.json").write_text(json.dumps(names))


def _small(number: int) -> Layer:
    return Layer(b"package p%d\n# " % number + os.urandom(64), "text/x-rego", f"{number}.rego")


def _huge(path: Path, size: int) -> str:
    """Write a blob of which no part is like another; return its digest."""
    seen, piece = hashlib.sha256(), os.urandom(_PIECE)
    with path.open("wb") as file:
        for turn in range(size // _PIECE):
            turned = piece[turn:] + piece[:turn]
            file.write(turned)
            seen.update(turned)
    return f"sha256:{seen.hexdigest()}"


if __name__ == "__main__":
    make(Path(sys.argv[1]), [int(count) for count in sys.argv[2:]])
