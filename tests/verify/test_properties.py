"""No edit of a valid bundle yields another payload or signer, and nothing but refusals escapes."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import VerificationError
from attest.model.digest import Digest
from attest.signing.bundle import canonical
from attest.testing import BundleKnobs, KeyPair, LogKnobs, statement
from tests.verify.setting import BLOB, BOX, CI, NOW, STATEMENT, file, key_signer, verify

OTHER = statement({"other": b"other"}, "https://example.test/predicate", {"answer": 0})
LATER = NOW + timedelta(hours=1)
PAIR = BOX.key_pair("release")
RELEASE = key_signer(PAIR, root="box")
Found = tuple[bytes, str, Digest]


def _sign(payload: bytes, version: int, key: KeyPair | None = None) -> bytes:
    at = NOW if payload == STATEMENT else LATER
    knobs = BundleKnobs(log=LogKnobs(version=version))
    return BOX.sign_statement(payload, at=at, key=key, knobs=knobs)


BUNDLES = [
    _sign(payload, version, key)
    for payload in (STATEMENT, OTHER)
    for version in (1, 2)
    for key in (None, PAIR)
]


def _verify(bundle: bytes) -> Found | None:
    try:
        verified = verify(bundle, CI, RELEASE, messages=[file(BLOB)])
    except VerificationError:
        return None
    return verified.payload, verified.signers[0].name, verified.signers[0].key


FOUND = {_verify(bundle) for bundle in BUNDLES}
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 2**70, 1.5, "", "A", "AAAA", "\u00e9", [], {}, [{}]]
)


def test_the_bundles_are_valid() -> None:
    assert None not in FOUND
    assert {found[:2] for found in FOUND if found} == {
        (payload, name) for payload in (STATEMENT, OTHER) for name in ("ci", "release")
    }


def places(value: Any) -> list[list[str | int]]:
    """Return the way to every value inside ``value``."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [way for key, item in items for way in ([key], *([key, *x] for x in places(item)))]


def _at(document: Any, way: list[str | int]) -> Any:
    for step in way:
        document = document[step]
    return document


@given(st.sampled_from(BUNDLES), st.data())
@settings(derandomize=True, max_examples=400, deadline=None)
def test_any_value_replaced_or_removed(bundle: bytes, data: st.DataObject) -> None:
    document = json.loads(bundle)
    way = data.draw(st.sampled_from(places(document)))
    parent = _at(document, way[:-1])
    if data.draw(st.booleans()):
        parent[way[-1]] = data.draw(JUNK)
    else:
        del parent[way[-1]]
    found = _verify(canonical(document))
    assert found is None or found == _verify(bundle)


@given(st.sampled_from(BUNDLES), st.sampled_from(BUNDLES), st.data())
@settings(derandomize=True, max_examples=400, deadline=None)
def test_parts_of_two_bundles_never_make_a_third(
    bundle: bytes, donor: bytes, data: st.DataObject
) -> None:
    """Whatever is taken over from another valid bundle: a payload keeps the key that signed it."""
    document, other = json.loads(bundle), json.loads(donor)
    for way in data.draw(st.lists(st.sampled_from(places(other)), min_size=1, max_size=3)):
        try:
            _at(document, way[:-1])[way[-1]] = copy.deepcopy(_at(other, way))
        except (LookupError, TypeError):
            continue
    assert _verify(canonical(document)) in {None, *FOUND}


@given(st.binary(max_size=400))
@settings(derandomize=True, max_examples=200)
def test_arbitrary_bytes(content: bytes) -> None:
    assert _verify(content) is None


@given(st.sampled_from(BUNDLES), st.data())
@settings(derandomize=True, max_examples=300, deadline=None)
def test_arbitrary_changes_of_bytes(bundle: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(bundle) - 1))
    noise = data.draw(st.binary(min_size=1, max_size=4))
    changed = bundle[:at] + noise + bundle[at + len(noise) :]
    assert _verify(changed) in {None, _verify(bundle)}
