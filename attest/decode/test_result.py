"""Test results (in-toto/attestation, spec/predicates/test-result.md)."""

from __future__ import annotations

from typing import Any

from attest.decode.base import Facts, Format
from attest.decode.shape import Shape
from attest.model.material import Kind, Problem

RESULTS = ("PASSED", "WARNED", "FAILED")

_CODE = "TEST_RESULT_INVALID"


def read(predicate: Any) -> Facts:
    """Check the verdict of the run, its configuration and its lists of tests.

    A failed run, or one that names failed tests, is read for policies to judge; it proves nothing,
    so that its mere presence meets no requirement. The format states no completion time.
    """
    run = Shape(predicate, _CODE).object()
    result = run.at("result")
    if result.value not in RESULTS:
        raise result.refuse(" or ".join(RESULTS))
    if not run.at("configuration").items():
        raise run.at("configuration").refuse("at least one entry")
    for entry in run.at("configuration").items():
        entry.object()
    for member in ("passedTests", "warnedTests", "failedTests"):
        for test in run.at(member).items():
            test.text()
    failed = len(run.at("failedTests").items())
    if result.value == "FAILED" or failed:
        message = f"/predicate/result: {result.value}, {failed} failed tests are named"
        return Facts(unsound=Problem.of("TEST_RESULT_FAILED", message))
    return Facts()


FORMAT = Format(
    kind=Kind.TEST_RESULT,
    predicate_types=("https://in-toto.io/attestation/test-result/v0.1",),
    read=read,
)
