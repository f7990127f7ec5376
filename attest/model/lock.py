"""``attest.lock``: what each tag of a plan meant when it was locked and which version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attest.model import strict_json
from attest.model.digest import Digest
from attest.model.frozen import frozen

SCHEMA = "attest/lock/v1"
FILE = "attest.lock"
"""It stands beside the plan."""

MAX_BYTES = 1 << 20


@frozen
class Locked:
    """The digest that a tag had, and of a policy the version that its manifest states."""

    digest: Digest
    version: str | None = None


@frozen
class Lock:
    """Tags, as the plan writes them, and what they are locked to."""

    references: Mapping[str, Locked]

    @classmethod
    def parse(cls, content: bytes) -> Lock:
        """Read a lock; raise ``ValueError`` with the reason when it is none."""
        document = strict_json.parse(content)
        if not isinstance(document, dict) or document.keys() != {"schema", "references"}:
            raise ValueError("expected an object of schema and references")
        if document["schema"] != SCHEMA:
            raise ValueError(f"expected schema {SCHEMA}, seen {str(document['schema'])[:80]!r}")
        found = document["references"]
        if not isinstance(found, dict):
            raise ValueError("expected references to be an object")  # noqa: TRY004  # as the others
        return cls({name: _locked(name, value) for name, value in found.items()})

    def text(self) -> bytes:
        """Write the lock: equal locks give equal bytes."""
        document = {
            "schema": SCHEMA,
            "references": {name: _shown(one) for name, one in sorted(self.references.items())},
        }
        return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _shown(one: Locked) -> dict[str, str]:
    shown = {"digest": str(one.digest)}
    return shown if one.version is None else {**shown, "version": one.version}


def _locked(name: str, value: Any) -> Locked:
    if not isinstance(value, dict) or not {"digest"} <= value.keys() <= {"digest", "version"}:
        raise ValueError(f"{name[:200]}: expected an object of digest and version")
    if not all(isinstance(text, str) and text for text in value.values()):
        raise ValueError(f"{name[:200]}: expected text")
    return Locked(Digest.parse(value["digest"]), value.get("version"))
