"""All that is fuzzed about engines, and how much of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from attest.evaluate import Evaluator
from tests.evaluate.make import code_of, decide, policy
from tests.fuzz.engines import packages, readers
from tests.fuzz.engines.programs import Programs, recognise
from tests.fuzz.engines.texts import Texts
from tests.fuzz.runner import Target

COMMAND = "tests.fuzz.engines"


@contextmanager
def targets() -> Iterator[Sequence[Target]]:
    """Offer the targets, with warm workers, and a cache for what is compiled only here."""
    with Evaluator(jobs=1) as evaluator, tempfile.TemporaryDirectory() as folder:
        first = decide(evaluator, policy("package p\n\nallow := true\n"), **_ROOM)
        assert code_of(first) == "passed"  # the guest comes from the user's own cache
        places = {
            "XDG_CACHE_HOME": str(Path(folder) / "cache"),
            "XDG_STATE_HOME": str(Path(folder) / "state"),
        }
        with mock.patch.dict(os.environ, places):
            texts, programs = Texts(evaluator), Programs(evaluator)
            yield [
                Target("modules", recognise, 300),
                Target("answers", readers.answer, 200),
                Target("messages", readers.message, 100),
                Target("declarations", packages.declaration, 80),
                Target("bundles", packages.bundle, 80),
                Target("rego", texts.source, 120),
                Target("documents", texts.document, 100),
                Target("extism-documents", texts.extism_document, 100),
                Target("programs", programs.run, 8),
            ]


_ROOM: dict[str, Any] = {"fuel": 10**9, "memory": 96 << 20}
