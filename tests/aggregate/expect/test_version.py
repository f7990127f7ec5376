"""Versions in tags."""

from __future__ import annotations

import pytest

from attest.aggregate.expect.version import within


@pytest.mark.parametrize(
    ("tag", "expected", "holds"),
    [
        ("v1.2.3", "v1", True),
        ("v1.2.3", "v1.2", True),
        ("v1.2.3", "v1.2.3", True),
        ("v1.2.3+linux", "v1.2.3", True),
        ("v1.2.3", "v1.2.3+mac", True),
        ("v1.2", "v1.2.0", True),
        ("v1", "v1.0", True),
        ("v1.2.3-rc.1", "v1.2.3-rc.1", True),
        ("v1.2.3-rc.1", "v1.2.3", False),
        ("v1.2.3-rc.1", "v1", False),
        ("v1.2.3", "v1.2.3-rc.1", False),
        ("v11.2.3", "v1", False),
        ("v1.20.3", "v1.2", False),
        ("v1.2.30", "v1.2.3", False),
        ("v01.2.3", "v1", False),
        ("1.2.3", "v1", False),
        ("v1.2.3.4", "v1", False),
        ("v1.2.3\n", "v1", False),
        ("v\u0661.2.3", "v1", False),
        ("release", "v1", False),
        ("v1.2.3", "1", False),
    ],
)
def test_within(tag: str, expected: str, holds: bool) -> None:  # noqa: FBT001  # a table's column
    assert within(tag, expected) is holds
