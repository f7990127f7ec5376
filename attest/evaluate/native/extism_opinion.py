"""The second opinion on Extism policies: Extism's own runtime, in a process that can be killed."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence

from attest.errors import EngineError
from attest.evaluate.abi.extism.adapter import Program, configuration, read, screened
from attest.evaluate.abi.extism.names import DISCOVER, EXECUTE, HTTP_REQUEST
from attest.evaluate.engine import Opinion, Settings
from attest.evaluate.host.pool import Pool
from attest.evaluate.native.child import ask_child
from attest.evaluate.probe import probe
from attest.model import verdict
from attest.model.policy import File, Policy

_CHILD = "attest.evaluate.native.extism_process"
_LOAD_SECONDS = 120.0
"""It compiles the module each time: its own cache would be native code from the user's disk."""
_ENVIRONMENT = {"EXTISM_CACHE_CONFIG": ""}
_PAGE = 65_536


class ExtismSdk:
    """The `extism` package (https://github.com/extism/python-sdk)."""

    def identity(self) -> verdict.Engine:
        """Return the versions of the package and of the runtime in it."""
        from importlib.metadata import version

        versions = (version(name) for name in ("extism", "extism-sys"))
        return verdict.Engine("extism-sdk", "/".join(versions))

    def ask(
        self, policy: Policy, documents: Sequence[bytes], settings: Settings, pool: Pool
    ) -> tuple[Opinion, ...]:
        """Return one opinion for each document."""
        program = screened(policy)
        why = _unsupported(program, settings)
        if why:
            return (Opinion(unsupported=why),) * len(documents)
        pool.progress(f"second opinion on {policy.name}: Extism's own runtime")
        lines = ask_child(
            _CHILD,
            _head(program.file, policy.entrypoint or EXECUTE, settings),
            (program.file.content, *documents),
            answers=len(documents),
            first=_LOAD_SECONDS + settings.limits.timeout,
            each=settings.limits.timeout + 1,
            environment=_ENVIRONMENT,
        )
        return tuple(_opinion(line, policy) for line in lines)


def _unsupported(program: Program, settings: Settings) -> str:
    """Say why it cannot be asked: what is granted is answered by the host alone, and once."""
    if program.older:
        return "Extism does not speak the older convention"
    wanted = {one.name for one in probe(program.file.content).imports}
    if DISCOVER in wanted:
        return f"it imports {DISCOVER}"
    if settings.host.granted.http and HTTP_REQUEST in wanted:
        return "it may ask for HTTP, which the second opinion has none of"
    return ""


def _head(program: File, export: str, settings: Settings) -> dict[str, object]:
    return {
        "config": configuration(settings.arguments),
        "timeout_ms": int(settings.limits.timeout * 1000),
        "max_pages": settings.limits.memory // _PAGE,
        "memory": settings.limits.memory,
        "name": program.path,
        "export": export,
    }


def _opinion(line: bytes | str, policy: Policy) -> Opinion:
    """Read one line of the child, or (text) why it wrote none; the child may be hostile by now."""
    if isinstance(line, str):
        return Opinion(failed=line)
    try:
        said = json.loads(line)
        if "unsupported" in said:
            return Opinion(unsupported=f"Extism does not load it: {said['unsupported']!s:.300}")
        if "error" in said:
            return Opinion(failed=f"{said['error']!s:.300}")
        output = base64.b64decode(said["output"], validate=True)
        return Opinion(read(output, policy))
    except EngineError as error:
        return Opinion(failed=f"{error.code}: {error.message}")
    except Exception as error:  # noqa: BLE001  # whatever is wrong with it, it is no opinion
        return Opinion(failed=f"an unreadable answer: {error!r:.300}")
