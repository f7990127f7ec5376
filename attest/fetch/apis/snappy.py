"""Snappy's block format (google/snappy, format_description.txt), decoded within a bound.

GitHub keeps the bundles behind a ``bundle_url`` so.
"""

from __future__ import annotations

_LITERAL, _COPY_1, _COPY_2 = 0, 1, 2
_LONG = 60
_VARINT_BYTES = 5


def decode(content: bytes, *, limit: int) -> bytes:
    """Return what ``content`` stands for; raise ``ValueError`` when it is damaged or too long."""
    size, at = _size(content)
    if size > limit:
        raise ValueError(f"snappy of {size:,} bytes, at most {limit:,} are read")
    found = bytearray()
    while at < len(content):
        kind, tag = content[at] & 3, content[at]
        at += 1
        if kind == _LITERAL:
            length, at = _literal(content, tag, at)
            found += _taken(content, at, length)
            at += length
        else:
            length, offset, at = _copy(content, kind, tag, at)
            if not 0 < offset <= len(found):
                raise ValueError("snappy that copies from outside of its output")
            pattern = found[-offset:][:length]
            found += (pattern * (length // len(pattern) + 1))[:length]
        if len(found) > size:
            break
    if len(found) != size:
        raise ValueError(f"snappy of {len(found):,} bytes that says {size:,}")
    return bytes(found)


def _size(content: bytes) -> tuple[int, int]:
    size = 0
    for at, byte in enumerate(content[:_VARINT_BYTES]):
        size |= (byte & 0x7F) << (7 * at)
        if byte < 0x80:  # noqa: PLR2004  # the continuation bit of a varint
            return size, at + 1
    raise ValueError("snappy without a length")


def _literal(content: bytes, tag: int, at: int) -> tuple[int, int]:
    length = tag >> 2
    if length < _LONG:
        return length + 1, at
    count = length - _LONG + 1
    return int.from_bytes(_taken(content, at, count), "little") + 1, at + count


def _copy(content: bytes, kind: int, tag: int, at: int) -> tuple[int, int, int]:
    """Return length, offset and where the next element begins."""
    if kind == _COPY_1:
        low = _taken(content, at, 1)[0]
        return ((tag >> 2) & 7) + 4, ((tag >> 5) << 8) | low, at + 1
    count = 2 if kind == _COPY_2 else 4
    return (tag >> 2) + 1, int.from_bytes(_taken(content, at, count), "little"), at + count


def _taken(content: bytes, at: int, count: int) -> bytes:
    part = content[at : at + count]
    if len(part) != count:
        raise ValueError("snappy that is cut short")
    return part
