"""Deterministic WASI, against a plain byte array as memory."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.evaluate.host import wasi
from attest.evaluate.host.stopped import Exited, Stopped
from attest.evaluate.host.wasi import Wasi


class Bytes:
    """A memory that refuses what lies outside, as an instance's does."""

    def __init__(self, size: int = 1 << 16) -> None:
        self.content = bytearray(size)

    def read(self, pointer: int, size: int) -> bytes:
        """Copy bytes out."""
        self._check(pointer, size)
        return bytes(self.content[pointer : pointer + size])

    def write(self, pointer: int, content: bytes) -> None:
        """Copy bytes in."""
        self._check(pointer, len(content))
        self.content[pointer : pointer + len(content)] = content

    def _check(self, pointer: int, size: int) -> None:
        if not 0 <= pointer <= len(self.content) - size:
            raise Stopped("GUEST_INVALID", "outside")


@pytest.fixture
def memory() -> Bytes:
    return Bytes()


@pytest.fixture
def host(memory: Bytes) -> Wasi:
    one = Wasi(["policy.wasm", "validate"])
    one.begin(1_000_000, 100, b"input")
    one.attach(memory)
    return one


def number(memory: Bytes, at: int) -> int:
    return int.from_bytes(memory.content[at : at + 4], "little")


def vector(memory: Bytes, at: int, *parts: tuple[int, int]) -> None:
    memory.write(at, b"".join(struct.pack("<II", *part) for part in parts))


def test_arguments(host: Wasi, memory: Bytes) -> None:
    assert host.args_sizes_get(0, 4) == wasi.SUCCESS
    assert (number(memory, 0), number(memory, 4)) == (2, 21)
    host.args_get(8, 100)
    assert (number(memory, 8), number(memory, 12)) == (100, 112)
    assert memory.read(100, 21) == b"policy.wasm\0validate\0"


def test_the_environment_is_empty(host: Wasi, memory: Bytes) -> None:
    memory.write(0, b"\xff" * 8)
    assert host.environ_sizes_get(0, 4) == wasi.SUCCESS
    assert (number(memory, 0), number(memory, 4)) == (0, 0)
    assert host.environ_get(0, 4) == wasi.SUCCESS


def test_the_clock_starts_at_the_evaluation_and_ticks(host: Wasi, memory: Bytes) -> None:
    for expected in (1_000_000, 1_000_000 + wasi.TICK):
        host.clock_time_get(0, 0, 0)
        assert struct.unpack("<Q", memory.read(0, 8)) == (expected,)


def test_waiting_passes_virtual_time(host: Wasi, memory: Bytes) -> None:
    memory.write(0, struct.pack("<QB7xIxxxxQQH6x", 7, 0, 1, 10**9, 0, 0))
    assert host.poll_oneoff(0, 100, 1, 200) == wasi.SUCCESS
    assert number(memory, 200) == 1
    assert memory.read(100, 11) == struct.pack("<QHB", 7, 0, 0)
    host.clock_time_get(0, 0, 0)
    assert struct.unpack("<Q", memory.read(0, 8)) == (1_000_000 + 10**9,)


def test_randomness_is_a_fixed_sequence(host: Wasi, memory: Bytes) -> None:
    host.random_get(0, 16)
    host.random_get(16, 16)
    first = memory.read(0, 32)
    assert first[:16] != first[16:]
    host.begin(0, 0)
    host.attach(memory)
    host.random_get(32, 16)
    host.random_get(48, 16)
    assert memory.read(32, 32) == first


def test_standard_input_is_read_in_parts(host: Wasi, memory: Bytes) -> None:
    vector(memory, 0, (100, 2), (110, 2))
    assert host.fd_read(0, 0, 2, 50) == wasi.SUCCESS
    assert (memory.read(100, 2), memory.read(110, 2), number(memory, 50)) == (b"in", b"pu", 4)
    host.fd_read(0, 0, 2, 50)
    assert (memory.read(100, 1), number(memory, 50)) == (b"t", 1)
    host.fd_read(0, 0, 2, 50)
    assert number(memory, 50) == 0


def test_standard_output_is_limited(host: Wasi, memory: Bytes) -> None:
    vector(memory, 0, (100, 60))
    host.fd_write(1, 0, 1, 50)
    assert (len(host.stdout), number(memory, 50)) == (60, 60)
    with pytest.raises(Stopped) as stopped:
        host.fd_write(1, 0, 1, 50)
    assert stopped.value.code == "OUTPUT_LIMIT"


def test_standard_error_is_cut_and_says_so(host: Wasi, memory: Bytes) -> None:
    memory.write(100, b"line\n")
    vector(memory, 0, (100, 5))
    host.fd_write(2, 0, 1, 50)
    assert host.logs() == ("line",)
    vector(memory, 0, (0, 60_000), (0, 60_000))
    host.fd_write(2, 0, 2, 50)
    assert host.logs()[-1] == f"[{120_005 - wasi.MAX_LOG} bytes more]"


def test_no_file_is_open(host: Wasi) -> None:
    assert host.fd_prestat_get(3, 0) == wasi.BADF
    assert host.fd_prestat_dir_name(3, 0, 1) == wasi.BADF
    assert host.fd_fdstat_get(3, 0) == wasi.BADF
    assert host.fd_filestat_get(3, 0) == wasi.BADF
    assert host.fd_write(3, 0, 1, 0) == wasi.BADF
    assert host.fd_read(3, 0, 1, 0) == wasi.BADF
    assert host.fd_seek(1, 0, 0, 0) == wasi.SPIPE


def test_files_and_sockets_are_refused(host: Wasi) -> None:
    functions = host.functions()
    for name in ("path_open", "path_readlink", "sock_send", "fd_pwrite"):
        assert functions["wasi_snapshot_preview1", name](1, 2, 3) == wasi.NOSYS


def test_exit_carries_its_status(host: Wasi) -> None:
    with pytest.raises(Exited) as exited:
        host.proc_exit(0)
    assert exited.value.status == 0


def test_a_call_before_the_memory_is_known_stops_the_guest(host: Wasi) -> None:
    host.begin(0, 0)
    with pytest.raises(Stopped):
        host.clock_time_get(0, 0, 0)


wild = st.integers(-(1 << 31), (1 << 31) - 1)


@settings(derandomize=True, max_examples=300)
@given(
    name=st.sampled_from(sorted(key[1] for key in Wasi().functions() if key[1] != "proc_exit")),
    numbers=st.lists(wild | st.integers(0, 200), min_size=9, max_size=9),
)
def test_wild_arguments_stop_the_guest_or_answer(name: str, numbers: list[int]) -> None:
    host = Wasi()
    host.begin(0, 1_000, b"x" * 100)
    host.attach(Bytes(4_096))
    function = host.functions()["wasi_snapshot_preview1", name]
    wanted = getattr(getattr(function, "__func__", None), "__code__", None)
    arguments = numbers[: wanted.co_argcount - 1] if wanted else numbers
    try:
        assert function(*arguments) in range(77)
    except Stopped as stopped:
        assert stopped.code in {"GUEST_INVALID", "OUTPUT_LIMIT"}  # noqa: PT017  # either is right
