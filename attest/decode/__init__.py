"""Stage 3: Verified -> Material. Pure reading of trusted bytes.

A new kind of evidence is one file with a `Format`, one line in ``formats.FORMATS``, and its section
in docs/materials.md. Policy bundles are read by `attest.decode.policies`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attest.decode.decoder import decode
    from attest.decode.formats import FORMATS
    from attest.decode.recognition import Recognised, recognise

__all__ = ["FORMATS", "Recognised", "decode", "recognise"]

_HOMES = {
    "FORMATS": "formats",
    "Recognised": "recognition",
    "decode": "decoder",
    "recognise": "recognition",
}


def __getattr__(name: str) -> Any:
    """Import the formats only when they are asked for: reading a statement needs none of them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
