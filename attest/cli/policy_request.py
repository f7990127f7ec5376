"""From the options of ``attest policy eval`` to a policy, a document and a request."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from attest.authoring import Request
from attest.cli import options
from attest.cli.policy_options import Adjustments, Question
from attest.config.units import parse_duration, parse_size
from attest.errors import UsageError
from attest.fetch import Fetcher
from attest.model.arguments import split
from attest.model.artifact import Reference
from attest.model.limits import Limits
from attest.model.policy import Arguments, File, Policy

MATERIAL_LIMIT = 64 << 20
DATA_LIMIT = 16 << 20


def source(text: str) -> Reference:
    """Return where the policy is; a folder needs no ``dir:`` here.

    A policy.yaml stands for its folder, where the scripts that it names are.
    """
    from pathlib import Path

    reference = options.reference(text, "POLICY")
    if reference.scheme != "file":
        return reference
    path = Path(reference.locator)
    if path.is_file() and path.suffix in {".yaml", ".yml"}:
        path = path.parent
    return replace(reference, scheme="dir", locator=str(path)) if path.is_dir() else reference


def read(argument: str | None, option: str | None) -> bytes:
    """Read the document; ``-``, or nothing, is standard input, but never a terminal."""
    if argument is not None and option is not None:
        raise UsageError("OPTION_CONFLICT", "the document is named twice, also by --material")
    path, limit = option if argument is None else argument, MATERIAL_LIMIT
    if path is None or path == "-":
        if sys.stdin is None or (path is None and sys.stdin.isatty()):
            raise UsageError("OPTION_INVALID", "no document was named; use - for standard input")
        content = sys.stdin.buffer.read(limit + 1)
        if len(content) > limit:
            message = f"standard input is larger than {limit:,} bytes"
            raise UsageError("INPUT_TOO_LARGE", message)
        return content
    with Fetcher(offline=True) as fetcher:
        return options.read(fetcher, options.reference(path, "MATERIAL"), limit).content


def adjust(policy: Policy, given: Adjustments) -> Policy:
    """Put what the command line says over what the policy says."""
    places = [options.reference(path, "--data") for path in given.data]
    with Fetcher(offline=True) as fetcher:
        files = tuple(
            File(place.locator, options.read(fetcher, place, DATA_LIMIT).content)
            for place in places
        )
    return replace(
        policy,
        engine=given.engine or policy.engine,
        entrypoint=given.entrypoint or policy.entrypoint,
        v0_compatible=given.v0_compatible or policy.v0_compatible,
        data=policy.data + files,
    )


def request(question: Question, at: datetime) -> Request:
    """Return how the policy is asked at the time ``at``."""
    return Request(
        at=at,
        limits=limits(question.timeout, question.memory, question.fuel),
        arguments=arguments(question.inputs),
        cross_check=question.cross_check,
    )


def limits(timeout: str | None, memory: str | None, fuel: int | None) -> Limits:
    """Return the default limits with those given put over them."""
    chosen = Limits()
    try:
        if timeout is not None:
            seconds = parse_duration(timeout) / timedelta(seconds=1)
            chosen = replace(chosen, timeout=seconds)
        if memory is not None:
            chosen = replace(chosen, memory=parse_size(memory))
    except ValueError as error:
        raise UsageError("OPTION_INVALID", str(error)) from None
    return replace(chosen, fuel=fuel) if fuel is not None else chosen


def arguments(pairs: Sequence[str]) -> Arguments:
    """Read ``NAME=VALUE`` pairs, split by Chainloop's rule."""
    found: dict[str, str | tuple[str, ...]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise UsageError("OPTION_INVALID", f"--input wants NAME=VALUE, not {pair!r}")
        parts = split(value)
        if parts is not None:
            found[name] = parts
    return found
