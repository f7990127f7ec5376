"""Any answer of an API is read whole, or refused as incomplete; never in part."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attest.errors import FetchError
from tests.fetch.apis.asking import DIGEST, JSON, ask
from tests.fetch.server import Server, serving

NOISY = settings(
    derandomize=True,
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
GITHUB = f"/repos/o/r/attestations/{DIGEST}"
NPM = "/-/npm/v1/attestations/a@1.0.0"
PYPI = "/integrity/a/1/a-1.whl/provenance"
PLACES = [("github:o/r", GITHUB), ("npm:a@1.0.0", NPM), ("pypi:a@1/a-1.whl", PYPI)]
INCOMPLETE = {"DISCOVERY_INCOMPLETE", "DISCOVERY_TOO_MANY"}

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["attestations", "bundle", "bundle_url", "attestation_bundles", "x"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "attestations": VALUES | st.lists(st.fixed_dictionaries({"bundle": VALUES}), max_size=3),
        "attestation_bundles": VALUES,
        "version": st.sampled_from([1, 2, "1"]),
    },
)


@pytest.fixture(scope="module")
def api() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.mark.parametrize(("place", "path"), PLACES)
@NOISY
@given(document=ANSWERS)
def test_any_document(api: Server, place: str, path: str, document: dict[str, Any]) -> None:
    api.serve(path, json.dumps(document).encode(), JSON)
    try:
        found = ask(api, place)
    except FetchError as refused:
        assert refused.code in INCOMPLETE  # noqa: PT017  # either answer is right
        return
    listed = document["attestation_bundles" if place.startswith("pypi") else "attestations"]
    if place.startswith("pypi"):
        expected = [one for bundle in listed for one in bundle["attestations"]]
    else:
        expected = [one["bundle"] for one in listed]
    assert [json.loads(each.content) for each in found] == expected


@pytest.mark.parametrize(("place", "path"), PLACES)
@NOISY
@given(content=st.binary(max_size=60), media_type=st.sampled_from([JSON, "application/xjson", ""]))
def test_any_bytes(api: Server, place: str, path: str, content: bytes, media_type: str) -> None:
    api.serve(path, content, media_type)
    with pytest.raises(FetchError) as refused:
        ask(api, place)
    assert refused.value.code in INCOMPLETE
