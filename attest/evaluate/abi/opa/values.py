"""OPA's values, seen from the host: text in, text out, every pointer from the program hostile."""

from __future__ import annotations

from attest.evaluate.host.machine import Instance, Memory
from attest.evaluate.host.stopped import Stopped
from attest.model import strict_json

MAX_TEXT = 64 << 10
"""Bytes of one message of the program."""
_MAX_NAMES = 10_000
_CHUNK = 64 << 10


class Values:
    """The values of one running instance."""

    def __init__(self, instance: Instance) -> None:
        if instance.memory is None:
            raise Stopped("GUEST_INVALID", "it has no memory")
        self._instance = instance
        self._memory: Memory = instance.memory

    def json(self, text: bytes, what: str) -> int:
        """Parse JSON into a value; return its address."""
        return self._parse("opa_json_parse", text, what)

    def term(self, text: bytes, what: str) -> int:
        """Parse a Rego term into a value; return its address."""
        return self._parse("opa_value_parse", text, what)

    def dump_json(self, value: int, most: int, what: str) -> str:
        """Return a value as JSON text; raise ``Stopped`` OUTPUT_LIMIT beyond ``most`` bytes."""
        return self._dump("opa_json_dump", value, most, what)

    def dump_term(self, value: int, most: int, what: str) -> str:
        """Return a value as a Rego term, in which sets stay sets."""
        return self._dump("opa_value_dump", value, most, what)

    def numbers(self, function: str) -> dict[str, int]:
        """Return what ``builtins`` or ``entrypoints`` answers: names and their numbers."""
        value = self._instance.call(function)
        try:
            found = strict_json.parse(self.dump_json(value, 1 << 20, function).encode())
        except ValueError as error:
            raise Stopped("GUEST_INVALID", f"{function}: {error}") from None
        if (
            not isinstance(found, dict)
            or len(found) > _MAX_NAMES
            or not all(type(one) is int and 0 <= one < 1 << 31 for one in found.values())
        ):
            raise Stopped("GUEST_INVALID", f"{function} does not answer with names and numbers")
        return found

    def text(self, at: int, most: int, what: str) -> bytes:
        """Return the text at an address, up to its NUL.

        Raises ``Stopped`` OUTPUT_LIMIT beyond ``most`` bytes, GUEST_INVALID when it has no end.
        """
        at &= 0xFFFF_FFFF
        if not at:
            raise Stopped("GUEST_INVALID", f"{what}: a null pointer")
        found = bytearray()
        while len(found) <= most:
            part = self._memory.read(at, max(0, min(_CHUNK, self._memory.size - at)))
            if not part:
                raise Stopped("GUEST_INVALID", f"{what}: text without an end at {at}")
            end = part.find(b"\0")
            found += part if end < 0 else part[:end]
            if end >= 0:
                break
            at += len(part)
        if len(found) > most:
            raise Stopped("OUTPUT_LIMIT", f"{what}: more than {most} bytes")
        return bytes(found)

    def message(self, at: int, what: str) -> str:
        """Return a message of the program, cut; bytes that are not UTF-8 are marked."""
        try:
            return self.text(at, MAX_TEXT, what).decode("utf-8", "replace")
        except Stopped as stopped:
            return f"[{stopped.message}]"

    def _dump(self, function: str, value: int, most: int, what: str) -> str:
        try:
            return self.text(self._instance.call(function, value), most, what).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Stopped("GUEST_INVALID", f"{what} is not UTF-8: {error.reason}") from None

    def _parse(self, function: str, text: bytes, what: str) -> int:
        at = self._instance.call("opa_malloc", len(text)) & 0xFFFF_FFFF
        # Before ABI 1.3 an allocator without room answers with an address past the memory's end.
        if not at or at + len(text) > self._memory.size:
            raise Stopped("OUT_OF_MEMORY", f"{what}: no room for {len(text)} bytes")
        self._memory.write(at, text)
        value = self._instance.call(function, at, len(text))
        if not value:
            raise Stopped("GUEST_INVALID", f"{what}: the program could not parse it")
        return value
