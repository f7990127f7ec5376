"""A worker that was taken over: it speaks the protocol, and breaks it as its document says.

Any other document is echoed. Run by `launch.command`, in the place of the real worker.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from attest.evaluate.host import wire
from attest.evaluate.host.job import Answer

FOREVER = 60


class Liar:
    """One worker; ``task`` is the header of the document it is at."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.task: dict[str, Any] = {}
        self.later: list[tuple[dict[str, Any], bytes]] = []

    def say(self, header: dict[str, Any], body: bytes = b"") -> None:
        """Send any message."""
        self.channel.sendall(wire.pack(header, body))

    def answer(self, body: bytes, token: str | None = None, **changes: Any) -> None:
        """Answer the document."""
        text = wire.answer(Answer("value", body), token or self.task["token"])
        header, _ = wire.sizes(text)
        said = json.loads(text[wire.SIZES : wire.SIZES + header])
        self.say({**said, **changes}, body)

    def call(self) -> None:
        """Ask for a host call."""
        self.channel.sendall(wire.call("http", self.task["token"], b"{}"))

    def hear_the_return(self) -> None:
        """Wait for the end of a host call; documents that were sent ahead are kept."""
        while (message := self.read())[0]["kind"] != "return":
            self.later.append(message)

    def message(self) -> tuple[dict[str, Any], bytes]:
        """Return the next message."""
        return self.later.pop(0) if self.later else self.read()

    def read(self) -> tuple[dict[str, Any], bytes]:
        """Read one message."""
        header, body = wire.sizes(self._take(wire.SIZES))
        return json.loads(self._take(header)), self._take(body)

    def _take(self, size: int) -> bytes:
        content = bytearray()
        while len(content) < size:
            part = self.channel.recv(min(size - len(content), 1 << 16))
            if not part:
                os._exit(0)
            content += part
        return bytes(content)


def two_answers(one: Liar) -> None:
    """Answer this document, and with its token whatever comes next."""
    one.answer(b"two answers")
    one.answer(b"PASS")


def answers_the_next(one: Liar) -> None:
    """Answer a document that was sent ahead, before this one."""
    header, _ = one.message()
    one.answer(b"PASS", header["token"])


def guesses_a_token(one: Liar) -> None:
    one.answer(b"PASS", "0" * 16)


def ignores_a_refusal(one: Liar) -> None:
    one.call()
    one.hear_the_return()
    one.answer(b"PASS")


def answers_while_it_calls(one: Liar) -> None:
    one.call()
    one.answer(b"PASS")


def calls_twice(one: Liar) -> None:
    one.call()
    one.call()
    time.sleep(FOREVER)


def is_ready_again(one: Liar) -> None:
    one.say({"kind": "ready", "jail": "seccomp", "base": 1 << 29})
    one.answer(b"PASS")


def is_unfit(one: Liar) -> None:
    one.say({"kind": "unfit", "why": "all documents shall fail"})
    time.sleep(FOREVER)


def floods(one: Liar) -> None:
    while True:
        one.channel.sendall(b"\x20\0\0\0\0\0\0\0" + b" " * 32)


def announces_too_much(one: Liar) -> None:
    one.channel.sendall(b"\x02\0\0\0\xff\xff\xff\xff{}")
    while True:
        one.channel.sendall(b"x" * 65_536)


def drips(one: Liar) -> None:
    one.channel.sendall(b"\xff\xff\0\0\0\0\0\0")
    while True:
        one.channel.sendall(b" ")
        time.sleep(0.02)


def hangs_up_and_lives_on(one: Liar) -> None:
    one.channel.close()
    time.sleep(FOREVER)


def nests(one: Liar) -> None:
    text = b"[" * 200_000
    one.channel.sendall(len(text).to_bytes(4, "little") + bytes(4) + text)
    time.sleep(FOREVER)


def not_a_number(one: Liar) -> None:
    one.answer(b"PASS", duration_ms=float("nan"))


def more_fuel_than_there_is(one: Liar) -> None:
    one.answer(b"PASS", fuel=1 << 80)


def no_unicode(one: Liar) -> None:
    one.answer(b"no unicode", logs=["\ud800"], message="\udfff")


ACTS: dict[bytes, Callable[[Liar], None]] = {
    name.encode(): act
    for name, act in list(globals().items())
    if callable(act) and name.islower() and getattr(act, "__module__", "") == __name__
}


def main(arguments: list[str]) -> None:
    """Serve the socket whose descriptor is the only argument."""
    channel = socket.socket(fileno=int(arguments[0]))
    one = Liar(channel)
    content, _, _, _ = socket.recv_fds(channel, wire.SIZES, 4)
    channel.recv(wire.sizes(content)[0])
    one.say({"kind": "ready", "jail": "seccomp", "base": 1 << 29})
    while True:
        header, body = one.message()
        if header["kind"] == "prepare":
            one.say({"kind": "ready", "jail": "seccomp", "base": 1 << 29})
        elif header["kind"] == "task":
            one.task = header
            act = ACTS.get(body)
            if act is not None:
                act(one)
            elif body == b"deaf":
                time.sleep(FOREVER)
            else:
                one.answer(body)


if __name__ == "__main__":
    main(sys.argv[1:])
