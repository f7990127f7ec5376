"""The digest of a plan: one name for everything that was decided before a byte was fetched.

It covers, and nothing else:

- the bytes of the plan file;
- the bytes of each file that the plan pins and of each built-in trust root that it uses, under the
  path (or ``builtin:NAME``) as the plan writes it;
- the bytes of attest.lock beside the plan, if it is there;
- the overrides that change what is decided: the time of evaluation when it was given, the global
  cross-check, and whether tags are allowed.

It leaves out what does not change the rules: where the plan lies, the subjects of the command line,
``--offline``, ``--jobs``, and the clock. The same plan has the same digest on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC

from attest.config.overrides import Overrides
from attest.model.digest import Digest

_FORMAT = "attest/plan-digest/v1"


def plan_digest(config: bytes, files: Mapping[str, bytes], overrides: Overrides) -> Digest:
    """Return the SHA-256 over a canonical list of all that the module's docstring names."""
    at = overrides.at
    document = {
        "allow_tag": overrides.allow_tag,
        "at": None if at is None else at.astimezone(UTC).isoformat(),
        "config": str(Digest.of(config)),
        "cross_check": overrides.cross_check,
        "files": {path: str(Digest.of(content)) for path, content in files.items()},
        "format": _FORMAT,
    }
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return Digest.of(canonical.encode())
