"""Documents that say what is the host's alone to say."""

from __future__ import annotations

from collections.abc import Sequence

from attest.evaluate.host.job import ERROR, Answer
from attest.model import strict_json

_METADATA = "chainloop_metadata"
_WHY = f"the document has a member `{_METADATA}`, where policies look for what is known of it"


def refused(documents: Sequence[bytes]) -> dict[int, Answer]:
    """Return the answers to documents that bring Chainloop's metadata, by their place.

    A policy would believe them, since Chainloop itself writes that member.
    """
    answer = Answer(ERROR, code="INPUT_INVALID", message=_WHY)
    return {at: answer for at, document in enumerate(documents) if _brings(document)}


def _brings(document: bytes) -> bool:
    # A member's name may be written with escapes; anything else is not worth parsing.
    if _METADATA.encode() not in document and b"\\u" not in document:
        return False
    try:
        parsed = strict_json.parse(document)
    except ValueError:
        return False
    return isinstance(parsed, dict) and _METADATA in parsed
