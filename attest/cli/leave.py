"""The end of a process, at once."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from typing import NoReturn

from attest.cli.failure import exit_code_of


def leave(code: int) -> NoReturn:
    """End this process with ``code``, without taking the interpreter apart first.

    That takes longer than verifying a bundle does. What was registered to be done at the end is
    done, and output that cannot be delivered is an error as ever.
    """
    atexit._run_exitfuncs()  # noqa: SLF001  # as multiprocessing ends its children
    try:
        sys.stdout.flush()
    except OSError as error:
        code = code or exit_code_of(error, debug=False)
    with contextlib.suppress(OSError, AttributeError):  # a closed stderr is None
        sys.stderr.flush()
    os._exit(code)
