"""Where the code of a declared policy is: always inside its own bundle."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

from attest.decode.policies.chainloop import EMBEDDED, Script
from attest.decode.policies.paths import beside, stem
from attest.errors import DecodeError
from attest.model.digest import Digest
from attest.model.policy import File

WASM_MAGIC = b"\x00asm"

_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def resolve(script: Script, declared_in: str, index: int, files: Mapping[str, File]) -> File:
    """Return the code of ``script``; raise `DecodeError` (REF_UNPINNED) when it is elsewhere."""
    if script.source == EMBEDDED:
        return _embedded(script.text, f"{stem(declared_in)}-{index}")
    return find(script.text, declared_in, files, script.source)


def find(ref: str, declared_in: str, files: Mapping[str, File], what: str) -> File:
    """Return the file that ``ref`` means; raise `DecodeError` (REF_UNPINNED) when it is elsewhere.

    Paths are relative to the file that holds the reference. A reference to another place is met by
    a file of the bundle that has the digest it carries (``@sha256:HEX``), and by nothing else.
    """
    text = ref.removeprefix("file://")
    name, _, pin = text.rpartition("@") if "@sha256:" in text else (text, "", "")
    digest = _digest(pin) if pin else None
    if _REMOTE.match(name):
        found = next(
            (file for file in files.values() if digest and digest.matches(file.content)), None
        )
    else:
        found = files.get(beside(declared_in, name) or "")
    if found is None or (digest is not None and not digest.matches(found.content)):
        raise DecodeError(
            "REF_UNPINNED",
            f"{declared_in}: expected {what} {ref[:200]!r} to be a file of the same bundle",
        )
    return found


def _digest(pin: str) -> Digest | None:
    try:
        return Digest.parse(pin)
    except ValueError as error:
        raise DecodeError("REF_UNPINNED", str(error)) from None


def _embedded(text: str, name: str) -> File:
    """Return embedded code: Rego, or a Wasm module in base64, as Chainloop tells them apart."""
    try:
        decoded = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if decoded.startswith(WASM_MAGIC):
        return File(f"{name}.wasm", decoded)
    return File(f"{name}.rego", text.encode("utf-8"))
