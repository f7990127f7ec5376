"""The little of ASN.1 DER (X.690) that a timestamp token and a Fulcio extension need."""

from __future__ import annotations

from datetime import UTC, datetime

_SHORT_FORM = 0x80

NULL = b"\x05\x00"


def tlv(tag: int, body: bytes) -> bytes:
    """Return one value: tag, length in its shortest form, contents (X.690 §8.1)."""
    if len(body) < _SHORT_FORM:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, _SHORT_FORM | len(size)]) + size + body


def sequence(*parts: bytes) -> bytes:
    """Return a SEQUENCE of encoded ``parts``."""
    return tlv(0x30, b"".join(parts))


def set_of(*parts: bytes) -> bytes:
    """Return a SET OF encoded ``parts``, in the order that DER demands (X.690 §11.6)."""
    return tlv(0x31, b"".join(sorted(parts)))


def octets(content: bytes) -> bytes:
    """Return an OCTET STRING."""
    return tlv(0x04, content)


def utf8(text: str) -> bytes:
    """Return a UTF8String."""
    return tlv(0x0C, text.encode("utf-8"))


def integer(number: int) -> bytes:
    """Return an INTEGER that is not negative."""
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return tlv(0x06, bytes([first * 40 + second]) + b"".join(_arc(arc) for arc in rest))


def generalized_time(when: datetime) -> bytes:
    """Return a GeneralizedTime in whole seconds."""
    return tlv(0x18, when.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode("ascii"))


def context(number: int, body: bytes, *, constructed: bool = True) -> bytes:
    """Return a value with a context-specific tag."""
    return tlv((0xA0 if constructed else 0x80) | number, body)


def _arc(arc: int) -> bytes:
    septets = [arc & 0x7F]
    while arc := arc >> 7:
        septets.append(0x80 | (arc & 0x7F))
    return bytes(reversed(septets))
