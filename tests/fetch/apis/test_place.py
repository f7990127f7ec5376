"""What may be asked for: every part can stand in a URL's path, and nothing else passes."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import FetchError
from attest.fetch.apis.place import FORMS, Place
from tests.fetch.helpers import assert_code


@pytest.mark.parametrize(
    ("scheme", "locator", "place", "per_artifact"),
    [
        ("github", "org/app", Place("github", "org/app"), True),
        ("github", "org/.github", Place("github", "org/.github"), True),
        ("npm", "left-pad@1.3.0", Place("npm", "left-pad", "1.3.0"), False),
        ("npm", "@org/app@1.0.0-rc.1+b", Place("npm", "@org/app", "1.0.0-rc.1+b"), False),
        ("pypi", "App@1.0", Place("pypi", "App", "1.0"), True),
        ("pypi", "app@1!2.0.post1+local", Place("pypi", "app", "1!2.0.post1+local"), True),
        ("pypi", "a@1/a-1.tar.gz", Place("pypi", "a", "1", "a-1.tar.gz"), False),
    ],
)
def test_places(scheme: str, locator: str, place: Place, *, per_artifact: bool) -> None:
    found = Place.parse(scheme, locator)
    assert (found, found.per_artifact) == (place, per_artifact)


@pytest.mark.parametrize(
    ("scheme", "locator"),
    [
        ("github", ""),
        ("github", "org"),
        ("github", "org/app/more"),
        ("github", "org/.."),
        ("github", "org/."),
        ("github", "../app"),
        ("github", "-org/app"),
        ("github", "org/app?x"),
        ("github", "org/app%2f"),
        ("github", "org/app\n"),
        ("npm", "left-pad"),
        ("npm", "left-pad@"),
        ("npm", "left-pad@latest"),
        ("npm", "org/app@1.0.0"),
        ("npm", "@org/../x@1.0.0"),
        ("npm", "@/app@1.0.0"),
        ("npm", "..@1.0.0"),
        ("npm", "a@1.0.0/../x"),
        ("pypi", "app"),
        ("pypi", "app@latest"),
        ("pypi", "app@1/"),
        ("pypi", "app@1/../x"),
        ("pypi", "app@1/a/b"),
        ("pypi", "app@1/.hidden"),
        ("pypi", "a/b@1"),
        ("pypi", "äpp@1"),
    ],
)
def test_what_is_no_place(scheme: str, locator: str) -> None:
    with pytest.raises(FetchError) as refused:
        Place.parse(scheme, locator)
    assert_code(refused, "REFERENCE_MALFORMED", 2)
    assert FORMS[scheme] in refused.value.message


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.sampled_from(sorted(FORMS)), st.text(alphabet="aA0./@-_~%!+?# \n", max_size=12))
def test_every_part_is_one_segment_of_a_path(scheme: str, locator: str) -> None:
    with contextlib.suppress(FetchError):
        place = Place.parse(scheme, locator)
        for part in (*place.name.split("/"), place.version, place.file):
            assert re.fullmatch(r"[A-Za-z0-9@._~!+-]*", part)
            assert part not in {".", ".."}
