"""The functions that the host serves besides memory: configuration, variables, logs, requests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from attest.evaluate.abi.extism.blocks import MAX_TEXT, Blocks
from attest.evaluate.abi.extism.requests import Requests
from attest.evaluate.host.runners import Call, no_call
from attest.evaluate.host.stopped import Stopped

_MAX_VARIABLES = 1 << 20
"""Bytes of all variables (Extism, ``max_var_bytes``)."""
_MAX_LOG = 64 << 10
"""Bytes of log lines that are kept."""
_INFO = 2
"""Log level of Extism's list: trace, debug, info, warn, error."""


class Services:
    """The host of one evaluation at a time: `begin`, `attach`, let it run, read `lines`."""

    def __init__(self) -> None:
        self.begin({})

    def begin(self, config: Mapping[str, str], call: Call = no_call) -> None:
        """Start afresh with this configuration; ``call`` asks the parent."""
        self._requests = Requests(call)
        self._config = {name.encode(): value.encode() for name, value in config.items()}
        self._variables: dict[bytes, bytes] = {}
        self._log: list[str] = []
        self._room = _MAX_LOG
        self._dropped = 0
        self._known: Blocks | None = None

    def attach(self, blocks: Blocks) -> None:
        """Use these blocks: those of the instance that now runs."""
        self._known = blocks

    def lines(self) -> tuple[str, ...]:
        """Return the log lines, each with its level."""
        more = (f"[{self._dropped} lines more]",) if self._dropped else ()
        return (*self._log, *more)

    @property
    def _blocks(self) -> Blocks:
        if self._known is None:
            raise Stopped("GUEST_INVALID", "a host call before the instance was ready")
        return self._known

    # The functions themselves, named as in Extism.

    def config_get(self, name: int) -> int:
        """Return a block with the value of a configuration key, or 0."""
        value = self._config.get(self._blocks.get(name, MAX_TEXT, "configuration key"))
        return 0 if value is None else self._blocks.put(value)

    def var_get(self, name: int) -> int:
        """Return a block with the value of a variable, or 0."""
        value = self._variables.get(self._blocks.get(name, MAX_TEXT, "variable name"))
        return 0 if value is None else self._blocks.put(value)

    def var_set(self, name: int, value: int) -> None:
        """Set a variable; block 0 removes it."""
        key = self._blocks.get(name, MAX_TEXT, "variable name")
        self._variables.pop(key, None)
        if not value:
            return
        self._variables[key] = self._blocks.get(value, _MAX_VARIABLES, "variable")
        if sum(len(one) + len(text) for one, text in self._variables.items()) > _MAX_VARIABLES:
            raise Stopped("OUT_OF_MEMORY", f"more than {_MAX_VARIABLES} bytes of variables")

    def http_request(self, request: int, body: int) -> int:
        """Have the parent perform a request; return a block with the response's body."""
        return self._requests.http(self._blocks, request, body)

    def http_status_code(self) -> int:
        """Return the status of the latest response, or 0."""
        return self._requests.status

    def http_headers(self) -> int:
        """Return a block with the headers of the latest response, or 0."""
        headers = self._requests.headers
        return self._blocks.put(json.dumps(headers).encode()) if headers else 0

    def chainloop_discover(self, digest: int, kind: int) -> int:
        """Return a block with what the parent knows of an artifact, or 0."""
        return self._requests.discover(self._blocks, digest, kind)

    def get_log_level(self) -> int:
        """Return the lowest level that is worth writing."""
        return _INFO

    def log(self, level: str) -> Callable[[int], None]:
        """Return the function that takes a line of this level."""

        def write(line: int) -> None:
            text = f"{level}: {self._blocks.text(line, 'log line')}"
            size = len(text.encode())
            if size > self._room:
                self._dropped += 1
                return
            self._room -= size
            self._log.append(text)

        return write
