"""What an engine was given and what it answered, for a report that is to hold it (bounded)."""

from __future__ import annotations

import base64
import hashlib

from attest.model.verdict import Excerpt

MAX = 64 << 10
"""Bytes of one excerpt."""


def excerpt(content: bytes) -> Excerpt:
    """Return the beginning of ``content``: as text where all of it is UTF-8, else in base64."""
    kept = content[:MAX]
    try:
        content.decode("utf-8")
        text, encoding = kept.decode("utf-8", "ignore"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = base64.b64encode(kept).decode(), "base64"
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return Excerpt(text, encoding, len(content), digest, truncated=len(content) > MAX)
