"""How long a server may ask its clients to wait."""

from __future__ import annotations

import pytest

from attest.fetch.client import asked_wait

NOW = "Sat, 02 May 2026 08:00:00 GMT"


@pytest.mark.parametrize(
    ("asked", "now", "seconds"),
    [
        ("7", NOW, 7.0),
        (" 7 ", "", 7.0),
        ("0", NOW, 0.0),
        ("9" * 400, NOW, 999999.0),
        ("Sat, 02 May 2026 08:00:09 GMT", NOW, 9.0),
        ("Sat, 02 May 2026 07:59:00 GMT", NOW, 0.0),
        ("Sat, 02 May 2026 08:00:09 GMT", "", None),
        ("Sat, 02 May 2026 08:00:09 -0000", NOW, None),
        ("soon", NOW, None),
        ("-1", NOW, None),
        ("1.5", NOW, None),
        ("²", NOW, None),
        ("", NOW, None),
    ],
)
def test_retry_after(asked: str, now: str, seconds: float | None) -> None:
    assert asked_wait({"retry-after": asked, "date": now}) == seconds


def test_nothing_asked() -> None:
    assert asked_wait({}) is None
