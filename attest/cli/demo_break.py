"""The ways in which ``attest demo --break`` spoils the example: real bytes of real files."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

_LOOP = """\
package loop

allow if {
\tsome i in numbers.range(1, 100000)
\tsome j in numbers.range(1, 100000)
\ti * j == -1
}
"""


def _signature(release: Path) -> str:
    path = release / "evidence" / "provenance.sigstore.json"
    document = json.loads(path.read_bytes())
    signature = document["dsseEnvelope"]["signatures"][0]
    raw = bytearray(base64.b64decode(signature["sig"]))
    raw[-1] ^= 1
    signature["sig"] = base64.b64encode(raw).decode()
    path.write_text(json.dumps(document))
    return "one bit of the provenance's signature is flipped"


def _identity(release: Path) -> str:
    plan = release / "attest.yaml"
    text = plan.read_text()
    plan.write_text(text.replace("scan.yml@refs/heads/main", "scan.yml@refs/heads/mail"))
    return "the plan trusts scan.yml on the branch 'mail' now, one letter off"


def _policy(release: Path) -> str:
    blobs = (release / "policies" / "blobs" / "sha256").iterdir()
    largest = max(blobs, key=lambda blob: (blob.stat().st_size, blob.name))
    content = largest.read_bytes()
    largest.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    return "one bit of the policies' code is flipped"


def _scan(release: Path) -> str:
    path = release / "evidence" / "scan.sigstore.json"
    document = json.loads(path.read_bytes())
    envelope: dict[str, Any] = document["dsseEnvelope"]
    payload = base64.b64decode(envelope["payload"])
    changed = payload.replace(b'"4.3"', b'"0.3"')
    envelope["payload"] = base64.b64encode(changed).decode()
    path.write_text(json.dumps(document))
    return "one digit of a severity in the signed scan is changed, from 4.3 to 0.3"


def _loop(release: Path) -> str:
    (release / "loop.rego").write_text(_LOOP)
    pin = hashlib.sha256(_LOOP.encode()).hexdigest()
    plan = release / "attest.yaml"
    entry = (
        f"policies:\n  - source: file:loop.rego\n    sha256: {pin}\n    unsigned: pinned\n"
        "    limits: {timeout: 20s, fuel: 1_000_000_000}\n"
    )
    plan.write_text(plan.read_text().replace("policies:\n", entry, 1))
    return "a policy that never ends is added to the plan"


BREAKS: dict[str, Callable[[Path], str]] = {
    "signature": _signature,
    "identity": _identity,
    "policy": _policy,
    "scan": _scan,
    "loop": _loop,
}
"""What can be broken; each spoils the release in a folder and says what it did."""
