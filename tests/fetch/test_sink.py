"""Blobs that come in pieces: resumed where a server knows ranges, and never taken half."""

from __future__ import annotations

import errno
import io
import re
from pathlib import Path

import pytest

from attest.errors import FetchError
from attest.fetch import Fetcher
from attest.fetch.exchange import Deadline
from attest.fetch.limits import FetchLimits
from attest.fetch.manifest import Descriptor
from attest.fetch.registry import RegistrySource
from attest.fetch.sink import HashingSink, Sink
from attest.fetch.transport import Transport
from attest.model.artifact import Reference
from attest.model.digest import Digest
from tests.fetch.helpers import FAST, REGO, assert_code
from tests.fetch.hostile import blob_path, broken, endless, other_bytes, shorter
from tests.fetch.server import REPOSITORY, Handler, Route, Server

LARGE = bytes(range(256)) * 4096
HALF = len(LARGE) // 2


def described(content: bytes = LARGE) -> Descriptor:
    return Descriptor("application/octet-stream", Digest.of(content), len(content))


def save(
    server: Server, file: io.BytesIO, limits: FetchLimits = FAST, content: bytes = LARGE
) -> bytes:
    reference = Reference("oci", f"{server.netloc}/{REPOSITORY}", Digest.of(b"x"))
    transport = Transport(limits)
    try:
        RegistrySource(reference, limits, transport).save(described(content), file)
    finally:
        transport.close()
    return file.getvalue()


def breaks_after(count: int, ranges: list[str | None]) -> Route:
    """Serve ``count`` bytes from where a client asks, then hang up; the rest when asked again."""

    def route(handler: Handler) -> None:
        asked = handler.headers.get("Range")
        ranges.append(asked)
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", asked or "")
        first = int(match[1]) if match else 0
        rest = LARGE[first:]
        size = len(LARGE)
        if match:
            where = f"bytes {first}-{size - 1}/{size}"
            handler.start(206, Content_Length=str(len(rest)), Content_Range=where)
        else:
            handler.start(200, Content_Length=str(size))
        handler.wfile.write(rest[:count])
        handler.close_connection = len(rest) > count

    return route


def test_what_has_come_is_not_asked_for_again(server: Server) -> None:
    ranges: list[str | None] = []
    server.routes[server.blob(LARGE)] = breaks_after(HALF, ranges)
    assert save(server, io.BytesIO()) == LARGE
    assert ranges == [None, f"bytes={HALF}-{len(LARGE) - 1}"]


def test_a_policy_is_resumed_too(server: Server) -> None:
    reference = server.policy()
    asked: list[str | None] = []

    def halves(handler: Handler) -> None:
        asked.append(handler.headers.get("Range"))
        size = len(REGO)
        if len(asked) == 1:
            handler.start(200, Content_Length=str(size))
            handler.wfile.write(REGO[:4])
            handler.close_connection = True
        else:
            handler.reply(206, REGO[4:], Content_Range=f"bytes 4-{size - 1}/{size}")

    server.routes[blob_path()] = halves
    with Fetcher(offline=False, limits=FAST) as fetcher:
        assert REGO in fetcher.policy(reference).blobs.values()
    assert asked == [None, f"bytes=4-{len(REGO) - 1}"]


def test_progress_is_no_repeated_failure(server: Server) -> None:
    """A mebibyte at a time: more breaks than attempts, and none of them in vain."""
    ranges: list[str | None] = []
    content = LARGE * 5
    size = len(content)

    def piecewise(handler: Handler) -> None:
        asked = handler.headers.get("Range")
        ranges.append(asked)
        first = int((asked or "bytes=0-").removeprefix("bytes=").partition("-")[0])
        where = {"Content_Range": f"bytes {first}-{size - 1}/{size}"} if asked else {}
        handler.start(206 if asked else 200, Content_Length=str(size - first), **where)
        handler.wfile.write(content[first : first + len(LARGE)])
        handler.close_connection = True

    server.routes[server.blob(content)] = piecewise
    assert save(server, io.BytesIO(), content=content) == content
    assert len(ranges) == 5 > FAST.attempts


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 206, "Content_Range": f"bytes 0-{len(LARGE) - 1}/{len(LARGE)}"},
        {"status": 206, "Content_Range": f"bytes {HALF}-{len(LARGE) - 2}/{len(LARGE)}"},
        {"status": 206, "Content_Range": f"bytes {HALF}-{len(LARGE) - 1}/{len(LARGE) + 1}"},
        {"status": 206, "Content_Range": f"bytes {HALF - 1}-{len(LARGE) - 1}/*"},
        {"status": 206, "Content_Range": "nonsense"},
        {"status": 206},
        {"status": 416},
        {"status": 200},
    ],
)
def test_another_range_than_the_one_that_was_asked_for(
    server: Server, answer: dict[str, str | int]
) -> None:
    """The blob is asked for from its beginning, once, and the digest is over the whole."""
    ranges: list[str | None] = []
    headers = {name: str(value) for name, value in answer.items() if name != "status"}

    def route(handler: Handler) -> None:
        asked = handler.headers.get("Range")
        ranges.append(asked)
        if asked is not None:
            handler.reply(int(answer["status"]), LARGE, **headers)
        elif len(ranges) == 1:
            handler.start(200, Content_Length=str(len(LARGE)))
            handler.wfile.write(LARGE[:HALF])
            handler.close_connection = True
        else:
            handler.reply(200, LARGE)

    server.routes[server.blob(LARGE)] = route
    assert save(server, io.BytesIO()) == LARGE
    asked = f"bytes={HALF}-{len(LARGE) - 1}"
    assert ranges == ([None, asked] if answer["status"] == 200 else [None, asked, None])


def test_the_rest_of_another_blob_is_seen_by_the_digest(server: Server) -> None:
    ranges: list[str | None] = []
    honest = breaks_after(HALF, ranges)

    def turned(handler: Handler) -> None:
        if handler.headers.get("Range"):
            where = f"bytes {HALF}-{len(LARGE) - 1}/{len(LARGE)}"
            handler.reply(206, b"x" * HALF, Content_Range=where)
        else:
            honest(handler)

    server.routes[server.blob(LARGE)] = turned
    file = io.BytesIO()
    with pytest.raises(FetchError) as refused:
        save(server, file)
    assert_code(refused, "DIGEST_MISMATCH", 4)
    assert str(Digest.of(LARGE)) in refused.value.message
    assert str(Digest.of(LARGE[:HALF] + b"x" * HALF)) in refused.value.message
    assert file.getvalue() == b""


@pytest.mark.parametrize(
    ("route", "code"),
    [
        (other_bytes, "DIGEST_MISMATCH"),
        (shorter, "SIZE_MISMATCH"),
        (endless, "SIZE_MISMATCH"),
        (broken, "REGISTRY_FAILED"),
    ],
)
def test_nothing_of_a_refused_blob_is_left(server: Server, route: Route, code: str) -> None:
    server.routes[server.blob(REGO)] = route
    file = io.BytesIO()
    with pytest.raises(FetchError) as refused:
        save(server, file, content=REGO)
    assert refused.value.code == code
    if code.endswith("MISMATCH") and route is not endless:
        assert file.getvalue() == b""


def test_a_connection_that_always_breaks(server: Server) -> None:
    def nothing(handler: Handler) -> None:
        handler.start(200, Content_Length=str(len(LARGE)))
        handler.wfile.write(LARGE[:10])
        handler.close_connection = True

    server.routes[server.blob(LARGE)] = nothing
    with pytest.raises(FetchError) as refused:
        save(server, io.BytesIO())
    assert_code(refused, "BODY_TRUNCATED", 5)
    assert len(server.seen) == FAST.attempts


def test_a_blob_over_the_limit_is_not_begun(server: Server) -> None:
    with pytest.raises(FetchError) as refused:
        save(server, io.BytesIO(), FAST._replace(large=HALF))
    assert_code(refused, "BLOB_TOO_LARGE", 4)
    assert server.seen == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_no_space_left() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        sink = HashingSink(full, len(REGO), Digest.of(REGO))
        with pytest.raises(FetchError) as refused:
            sink.write(REGO)
        assert_code(refused, "WRITE_FAILED", 5)
        assert "space" in refused.value.message


class Unflushed(io.BytesIO):
    """Keeps what is written until it is flushed, as files do, and then has no room for it."""

    def flush(self) -> None:
        """Fail."""
        raise OSError(errno.ENOSPC, "No space left on device")


def test_no_space_left_at_the_end() -> None:
    sink = HashingSink(Unflushed(), len(REGO), Digest.of(REGO))
    sink.write(REGO)
    with pytest.raises(FetchError) as refused:
        sink.check("here")
    assert_code(refused, "WRITE_FAILED", 5)


def test_an_unasked_part_is_no_answer() -> None:
    sink = Sink(io.BytesIO(), 10)
    assert not sink.begin(206, {"content-range": "bytes 0-9/10"})
    assert not sink.begin(416, {})
    assert sink.headers == {}


def test_a_large_blob_has_time_by_its_size(server: Server) -> None:
    """The whole call ends at its deadline; a blob of many bytes may take longer than that."""
    honest = server.routes[server.blob(LARGE)]

    def late(handler: Handler) -> None:
        server.stopped.wait(0.3)
        honest(handler)

    server.routes[server.blob(LARGE)] = late
    limits = FAST._replace(deadline=0.2, attempts=1)
    assert save(server, io.BytesIO(), limits._replace(rate=HALF // 4)) == LARGE
    with pytest.raises(FetchError) as refused:
        save(server, io.BytesIO(), limits._replace(rate=1 << 40))
    assert_code(refused, "FETCH_TIMEOUT", 5)
    assert Deadline(1).remaining("here") <= 1
