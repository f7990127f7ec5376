"""Why a guest did not come to its end."""

from __future__ import annotations


class Stopped(Exception):  # noqa: N818  # a guest stops; that is not this program's error
    """The guest was stopped; ``code`` is a reason code of the host."""

    def __init__(self, code: str, message: str, logs: tuple[str, ...] = ()) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.logs = logs


class Exited(Exception):  # noqa: N818  # an exit status may well be 0
    """The guest called ``proc_exit``."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit status {status}")
        self.status = status
