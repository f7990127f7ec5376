"""Damaged Wasm modules: damaged in their sections, their numbers, their code, or anywhere."""

from __future__ import annotations

from random import Random

from tests.evaluate.hostile.binary import CODE, HEADER, join, number, split
from tests.fuzz.runner import mutate, weighted

_WORDS = (
    *(b"Execute", b"malloc", b"memory", b"eval", b"opa_wasm_abi_version", b"evaluate", b"_start"),
    *(b"extism:host/env", b"wasi_snapshot_preview1", b"wapc", b"env", b"\0", b"\xff\xff\xff\xff"),
    *(b"\x00asm", b"\x0d\0\1\0", b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", b"\x7f", b"\x60\0\0"),
)
_ACTS = {
    "bytes": 6,
    "code": 5,
    "shuffle": 2,
    "drop": 2,
    "twice": 1,
    "cut": 3,
    "count": 4,
    "size": 3,
    "graft": 2,
    "custom": 1,
    "long number": 2,
}


def damaged(wasm: bytes, other: bytes, random: Random) -> bytes:
    """Return a module that differs from ``wasm``, perhaps with a section of ``other``."""
    sections = split(wasm)
    act = weighted(random, _ACTS)
    at = random.randrange(len(sections))
    name, content = sections[at]
    if act == "bytes":
        return mutate(wasm, random, _WORDS)
    if act == "code":
        place = next((i for i, (one, _) in enumerate(sections) if one == CODE), at)
        sections[place] = (sections[place][0], mutate(sections[place][1], random, _WORDS))
    elif act == "shuffle":
        random.shuffle(sections)
    elif act == "drop":
        del sections[at]
    elif act == "twice":
        sections.insert(random.randrange(len(sections)), sections[at])
    elif act == "cut":
        sections[at] = (name, content[: random.randrange(len(content) + 1)])
    elif act == "count":
        many = random.choice((0, 1, 127, 128, 10_001, 1_000_001, (1 << 32) - 1, 1 << 32))
        sections[at] = (name, number(many) + content[1:])
    elif act == "graft":
        theirs = split(other)
        sections[at] = theirs[random.randrange(len(theirs))]
    elif act == "custom":
        sections.insert(at, (0, number(random.choice((0, 3, 2_000))) + random.randbytes(8)))
    else:
        return _lying(sections, at, random, longer=act == "long number")
    return join(sections)


def _lying(sections: list[tuple[int, bytes]], at: int, random: Random, *, longer: bool) -> bytes:
    """Return a module in which a section states another size, or its size in more bytes."""
    parts = []
    for place, (name, content) in enumerate(sections):
        size = number(len(content))
        if place == at and longer:
            size = size[:-1] + bytes([size[-1] | 0x80]) + b"\x80" * random.randrange(12) + b"\0"
        elif place == at:
            size = number(random.choice((0, len(content) + 1, len(content) * 2, (1 << 32) - 1)))
        parts.append(bytes([name]) + size + content)
    return HEADER + b"".join(parts)
