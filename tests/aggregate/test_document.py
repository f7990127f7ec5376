"""The bytes that a policy receives are those that were signed."""

from __future__ import annotations

import json
from dataclasses import replace

from attest.aggregate.document import document
from attest.aggregate.types import Task
from tests.aggregate.make import APP, material, piece, task

ODD = b'{"n": 1.0e+0, "n2":9007199254740993 ,"s":"\\u0041"}'


def test_one_material_is_handed_over_as_it_is() -> None:
    assert document(task(piece(material(document=ODD)))) == ODD


def test_several_stand_in_an_array_beside_what_was_proven() -> None:
    pieces = (piece(material(document=ODD, name='a "name"')), piece(material(document=b"[]")))
    combined = document(Task(APP, pieces, selected=False, combined=True))
    first, second = json.loads(combined)
    assert (first["kind"], first["name"], first["signers"]) == ("SARIF", 'a "name"', ["scan"])
    assert first["digest"].startswith("sha256:")
    assert ODD in combined
    assert second["document"] == []


def test_one_piece_may_be_combined_too() -> None:
    combined = document(Task(APP, (piece(material()),), selected=False, combined=True))
    assert [entry["document"] for entry in json.loads(combined)] == [{}]


def test_what_was_not_decoded_is_nothing() -> None:
    unread = replace(piece(material()), material=None)
    assert document(Task(APP, (unread,), selected=False, combined=True)) == b"[null]"
    assert document(task(unread)) == b""
