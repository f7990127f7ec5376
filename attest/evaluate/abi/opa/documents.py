"""Data and input as JSON text.

Signed bytes are put together, never written again: every number reaches the program as it stands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from attest.errors import EngineError
from attest.evaluate.host.stopped import Stopped
from attest.model import strict_json
from attest.model.policy import File

_RESERVED = "chainloop_metadata"


def data(files: Sequence[File]) -> bytes:
    """Return the documents under ``data`` as one JSON object.

    Raises ``EngineError`` DATA_INVALID or DATA_CONFLICT.
    """
    tree: dict[str, object] = {}
    for file in files:
        if not file.path.endswith(".json"):
            raise EngineError("DATA_INVALID", f"{file.path}: OPA programs read data as JSON alone")
        try:
            parsed = strict_json.parse(file.content)
        except ValueError as error:
            raise EngineError("DATA_INVALID", f"{file.path}: {error}") from None
        leaf: object = file.content
        if isinstance(parsed, dict):
            leaf = dict(strict_json.members(file.content))
        elif not file.mount:
            raise EngineError("DATA_INVALID", f"{file.path} is not an object")
        for part in reversed(file.mount):
            leaf = {part: leaf}
        _merge(tree, leaf, file.path)
    return _text(tree)


def _merge(tree: dict[str, object], more: object, path: str) -> None:
    """Put ``more`` into ``tree``; two documents may share an object, never a value."""
    if not isinstance(more, dict):
        raise EngineError("DATA_CONFLICT", f"{path}: its place under data is taken")
    for key, value in more.items():
        if key not in tree:
            tree[key] = value
            continue
        here, there = _opened(tree[key]), _opened(value)
        if not isinstance(here, dict):
            raise EngineError("DATA_CONFLICT", f"{path}: {key!r} is there twice")
        tree[key] = here
        _merge(here, there, f"{path}: {key}")


def _opened(value: object) -> object:
    """Return an object's members where ``value`` is the text of one."""
    if isinstance(value, bytes) and isinstance(strict_json.parse(value), dict):
        return dict(strict_json.members(value))
    return value


def _text(tree: object) -> bytes:
    if isinstance(tree, bytes):
        return tree
    members = tree.items() if isinstance(tree, dict) else ()
    return b"{" + b",".join(json.dumps(k).encode() + b":" + _text(v) for k, v in members) + b"}"


def taken(data_text: bytes, entrypoints: Sequence[str]) -> str | None:
    """Return the entrypoint where a data document stands as well, if there is one."""
    document = strict_json.parse(data_text)
    for entrypoint in entrypoints:
        here = document
        for part in entrypoint.split("/"):
            if not isinstance(here, dict):
                return entrypoint
            if part not in here:
                break
            here = here[part]
        else:
            return entrypoint
    return None


def shape(document: bytes, arguments: Mapping[str, object] | None, *, chainloop: bool) -> bytes:
    """Return the input: the document as its contract has it (`guests/rego/evaluate.go`, ``input``).

    Raises ``Stopped`` INPUT_INVALID: the document is not strict JSON, or brings what only the host
    may say.
    """
    try:
        parsed = strict_json.parse(document)
    except ValueError as error:
        raise Stopped("INPUT_INVALID", f"the document: {error}") from None
    if chainloop and isinstance(parsed, list):
        document, parsed = b'{"elements":' + document + b"}", {"elements": parsed}
    members = parsed if isinstance(parsed, dict) else {}
    passed = {} if arguments is None and chainloop else arguments
    if passed is None and "args" in members:
        why = "the document has a member `args`, where policies look for the plan's arguments"
        raise Stopped("INPUT_INVALID", why)
    if chainloop and _RESERVED in members:
        raise Stopped(
            "INPUT_INVALID",
            f"the document has a member `{_RESERVED}`, where policies look for what is known of it",
        )
    if passed is None:
        return document
    if not isinstance(parsed, dict):
        why = "a policy with arguments reads an object, not this document"
        raise Stopped("INPUT_INVALID", why)
    slices = {**strict_json.members(document), "args": json.dumps(passed).encode()}
    return _text(slices)
