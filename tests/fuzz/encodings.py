"""Changes to a document anywhere inside it: through JSON, base64, PEM and DER, and in the bytes.

A bundle is JSON that holds base64 that holds JSON, PEM or DER. A change to the outermost bytes is
nearly always refused as such; what a verifier compares lies further in.
"""

from __future__ import annotations

import base64
import binascii
import copy
import json
import random
import re
from typing import Any

from tests.fuzz import runner

JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**70, 1.5, 1e400),
    *("", "A", "AAAA", "=", "\u00e9", "\u0000", "0", "sha256:", " ", [], {}, [{}], [[]], {"": 0}),
)
_PEM = re.compile(rb"(-----BEGIN [A-Z ]+-----\n)([A-Za-z0-9+/=\n]+)(\n-----END [A-Z ]+-----\n?)")
_LONG_FORM, _MANY, _LARGE = 0x80, 40, 20_000
_CONSTRUCTED, _OCTETS, _BITS = 0x20, 0x04, 0x03
_TAGS = (0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x13, 0x17, 0x18, 0x30, 0x31, 0xA0, 0xA1, 0xA3)

Random = random.Random


def change(content: bytes, source: Random, donor: bytes | None = None) -> bytes:
    """Return ``content`` with something in it changed; ``donor`` lends parts of another bundle."""
    if source.random() < 0.1:  # the bytes, whatever they stand for
        return runner.mutate(content, source)
    try:
        document = json.loads(content)
    except ValueError:
        return _inside(content, source)
    if not isinstance(document, dict | list) or not document:
        return runner.mutate(content, source)
    lent = None if donor is None else json.loads(donor)
    for _ in range(source.choice((1, 1, 1, 2, 3))):
        _change_place(document, source, lent)
    return json.dumps(document, separators=(",", ":")).encode("utf-8", "surrogatepass")


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container of ``value`` with each of its keys."""
    if isinstance(value, dict):
        items: list[tuple[Any, Any]] = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        return []
    return [(value, key) for key, _ in items] + [
        place for _, inner in items for place in places(inner)
    ]


def _change_place(document: Any, source: Random, lent: Any) -> None:
    found = places(document)
    if not found:
        return
    leaves = [(box, key) for box, key in found if isinstance(box[key], str)]
    if leaves and source.random() < 0.65:  # most of a bundle is in its strings
        box, key = source.choice(leaves)
        box[key] = _text(box[key], source)
        return
    box, key = source.choice(found)
    _restructure(box, key, document, source, lent)


def _restructure(box: Any, key: Any, document: Any, source: Random, lent: Any) -> None:
    act = source.randrange(8)
    if act == 0:
        del box[key]
    elif act == 1:
        box[key] = copy.deepcopy(source.choice(JUNK))
    elif act == 2:  # the acts are numbered
        box[key] = [copy.deepcopy(box[key])] * source.choice((1, 2, _many(box[key])))
    elif act == 3 and isinstance(box, list):
        box += [copy.deepcopy(box[key])] * source.choice((1, 1, _many(box[key])))
    elif act == 4:
        other, name = source.choice(places(document))
        box[key] = copy.deepcopy(other[name])
    elif act == 5 and isinstance(box, dict):
        box[source.choice(("mediaType", "certificate", "publicKey", key + "s", ""))] = box.pop(key)
    elif act == 6 and isinstance(box[key], int):
        box[key] += source.choice((-1, 1, 3600))
    elif lent is not None:
        other, name = _same(lent, key, source)
        box[key] = copy.deepcopy(other[name])


def _many(value: Any) -> int:
    """Return how often ``value`` may be repeated: what is large is not made huge."""
    return _MANY if len(str(value)) < _LARGE else 2


def _same(lent: Any, key: Any, source: Random) -> tuple[Any, Any]:
    """Return a part of the other document, of the same name where there is one."""
    found = places(lent)
    named = [place for place in found if place[1] == key]
    return source.choice(named or found)


def _text(text: str, source: Random) -> str:
    """Change a string: as the number or base64 that it is, or as characters."""
    act = source.random()
    if text.isdigit() and act < 0.8:
        return str(max(0, int(text) + source.choice((-1, 1, 2, 60, 10**9))))
    if act < 0.8:
        try:
            inner = base64.b64decode(text, validate=True)
        except (ValueError, binascii.Error):
            inner = b""
        if inner:
            return base64.b64encode(change(inner, source)).decode("ascii")
    if act < 0.9:
        return _otherwise(text, source)
    return runner.mutate(text.encode(), source).decode("utf-8", "replace")


def _otherwise(text: str, source: Random) -> str:
    """Write base64 in a way that is not its canonical one, or turn the case of a letter."""
    at = source.randrange(len(text) + 1)
    return source.choice(
        (
            text.rstrip("="),
            text + "=",
            text.replace("+", "-").replace("/", "_"),
            f"{text[:at]}\n{text[at:]}",
            f"{text[:at]} {text[at:]}",
            text[:at] + text[at:].swapcase(),
            text.rstrip("=")[:-1] + chr(ord((text.rstrip("=") or "A")[-1]) ^ 1) + "=" * 2,
            text + text,
        )
    )


def _inside(content: bytes, source: Random) -> bytes:
    """Change PEM by what it wraps, DER by its elements, anything else by its bytes."""
    pem = _PEM.search(content)
    if pem is not None:
        der = change(base64.b64decode(pem[2]), source)
        return content[: pem.start()] + pem[1] + base64.b64encode(der) + pem[3]
    found = elements(content)
    if found is None or source.random() < 0.2:
        return runner.mutate(content, source)
    return b"".join(element(tag, inner) for tag, inner in _change_der(found, source))


Element = tuple[int, bytes]


def elements(der: bytes) -> list[Element] | None:
    """Split ``der`` into its elements, or return ``None`` when it is not DER."""
    found: list[Element] = []
    at = 0
    while at < len(der):
        length, start = (der[at + 1] if at + 1 < len(der) else _LONG_FORM), at + 2
        if length >= _LONG_FORM:
            start += length - _LONG_FORM
            length = int.from_bytes(der[at + 2 : start], "big")
            if start == at + 2:
                return None
        if start + length > len(der):
            return None
        found.append((der[at], der[start : start + length]))
        at = start + length
    return found or None


def element(tag: int, inner: bytes) -> bytes:
    """Write one element of DER."""
    length = len(inner)
    if length < _LONG_FORM:
        return bytes((tag, length)) + inner
    size = (length.bit_length() + 7) // 8
    return bytes((tag, _LONG_FORM + size)) + length.to_bytes(size, "big") + inner


def _change_der(siblings: list[Element], source: Random) -> list[Element]:
    """Change one of the elements, or the order of them; mostly something further in."""
    at = source.randrange(len(siblings))
    tag, inner = siblings[at]
    wrapped = tag in {_OCTETS, _BITS}
    skip = 1 if tag == _BITS else 0
    deeper = elements(inner[skip:]) if wrapped or tag & _CONSTRUCTED else None
    if deeper is not None and source.random() < 0.85:
        made = b"".join(element(*one) for one in _change_der(deeper, source))
        return [*siblings[:at], (tag, inner[:skip] + made), *siblings[at + 1 :]]
    other = source.choice(siblings)
    act = source.randrange(6)
    if act == 0:
        return source.sample(siblings, len(siblings))
    if act == 1:
        return [*siblings[:at], *siblings[at + 1 :]]
    changed = {
        2: [siblings[at]] * 2,
        3: [(source.choice(_TAGS), inner)],
        4: [(tag, other[1])],
        5: [(tag, runner.mutate(inner, source))],
    }
    return [*siblings[:at], *changed[act], *siblings[at + 1 :]]
