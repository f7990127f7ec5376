"""Archives of policy files: gzip-compressed tar, written reproducibly and read within bounds."""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from collections.abc import Iterable

from attest.decode.policies import tar
from attest.decode.policies.paths import safe
from attest.errors import DecodeError
from attest.model.policy import File

MAX_MEMBERS = 1000
MAX_BYTES = 64 << 20
MAX_RATIO = 200
"""How often larger than its archive the content may be, once it passes ``_RATIO_FROM`` bytes."""

_RATIO_FROM = 1 << 20
_GZIP = 31
_RAW_DEFLATE = -15
_GZIP_HEADER = b"\x1f\x8b\x08\x00" + bytes(4) + b"\x02\xff"
"""RFC 1952 §2.3: no name, time zero, no operating system."""


def bundle_tar(files: Iterable[File]) -> bytes:
    """Pack ``files``: sorted, without times, owners or modes, so that equal files give equal bytes.

    Raises `DecodeError` when two share a path, or a path is not one inside a bundle.
    """
    packed = io.BytesIO()
    seen: set[str] = set()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for file in sorted(files, key=lambda file: safe(file.path)):
            member = tarfile.TarInfo(safe(file.path))
            _note(seen, member.name)
            member.size = len(file.content)
            archive.addfile(member, io.BytesIO(file.content))
    content = packed.getvalue()
    deflate = zlib.compressobj(9, zlib.DEFLATED, _RAW_DEFLATE)
    body = deflate.compress(content) + deflate.flush()
    trailer = struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)
    return _GZIP_HEADER + body + trailer


def read_archive(content: bytes) -> tuple[File, ...]:
    """Return the files of an archive, sorted by path; raise `DecodeError` when it is not sound.

    Nothing is extracted. Links, devices, sparse files, duplicates and paths that lead outside are
    refused, as is an archive of too many members or too many bytes.
    """
    found: list[File] = []
    seen: set[str] = set()
    for count, member in enumerate(tar.members(_gunzip(content)), start=1):
        if count > MAX_MEMBERS:
            raise too_large(f"more than {MAX_MEMBERS:,} members")
        if member.content is None:
            if member.path.strip("./"):
                safe(member.path.rstrip("/"))
            continue
        path = safe(member.path)
        _note(seen, path)
        found.append(File(path, member.content))
    return tuple(sorted(found, key=lambda file: file.path))


def too_large(message: str) -> DecodeError:
    """Refuse a bundle by its size."""
    return DecodeError("POLICY_BUNDLE_TOO_LARGE", message)


def _note(seen: set[str], path: str) -> None:
    if path in seen:
        raise DecodeError("POLICY_FILE_REFUSED", f"{path!r} is there twice")
    seen.add(path)


def _gunzip(content: bytes) -> bytes:
    limit = min(MAX_BYTES, max(_RATIO_FROM, len(content) * MAX_RATIO))
    stream = zlib.decompressobj(wbits=_GZIP)
    try:
        unpacked = stream.decompress(content, limit + 1)
    except zlib.error as error:
        raise _malformed(f"not gzip: {error}") from None
    if len(unpacked) > limit:
        raise too_large(f"{len(content):,} bytes unpack to more than {limit:,}")
    if not stream.eof:
        raise _malformed("the gzip stream is cut short")
    if stream.unused_data:
        raise _malformed("something stands behind the gzip stream")
    return unpacked


def _malformed(message: str) -> DecodeError:
    return DecodeError("POLICY_BUNDLE_MALFORMED", message)
