"""CycloneDX and SPDX documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from attest.decode import cyclonedx, spdx
from attest.decode.base import Facts
from tests.decode.making import CYCLONEDX, SPDX, refused

COMPONENT = {"type": "library", "name": "x"}


def test_cyclonedx_facts() -> None:
    time = datetime(2026, 5, 1, 8, tzinfo=UTC)
    assert cyclonedx.read(CYCLONEDX) == Facts(name="app", completed_at=time)
    assert cyclonedx.read({"bomFormat": "CycloneDX", "specVersion": "1.4"}) == Facts()


@pytest.mark.parametrize("version", ["1.4", "1.5", "1.6", "1.7"])
def test_cyclonedx_versions(version: str) -> None:
    assert cyclonedx.read(CYCLONEDX | {"specVersion": version}).name == "app"


@pytest.mark.parametrize("version", ["1.3", "2.0", "1.60"])
def test_other_cyclonedx_versions_are_refused(version: str) -> None:
    refused("FORMAT_UNSUPPORTED", cyclonedx.read, CYCLONEDX | {"specVersion": version})


@pytest.mark.parametrize(
    "changes",
    [
        {"bomFormat": "SPDX"},
        {"specVersion": 1.6},
        {"version": 0},
        {"version": True},
        {"version": "1"},
        {"components": {}},
        {"components": ["x"]},
        {"components": [{"name": "x"}]},
        {"components": [{"type": "library"}]},
        {"components": [COMPONENT | {"purl": 5}]},
        {"components": [COMPONENT | {"components": [{"type": "library"}]}]},
        {"metadata": []},
        {"metadata": {"component": {"type": "application"}}},
        {"metadata": {"component": COMPONENT | {"components": [5]}}},
        {"vulnerabilities": ["CVE-2026-1"]},
    ],
)
def test_a_malformed_bom_is_refused(changes: dict[str, Any]) -> None:
    refused("CYCLONEDX_INVALID", cyclonedx.read, CYCLONEDX | changes)


def test_spdx_facts() -> None:
    time = datetime(2026, 5, 1, 8, tzinfo=UTC)
    assert spdx.read(SPDX) == Facts(name="app", completed_at=time)
    assert spdx.read(SPDX | {"spdxVersion": "SPDX-2.2"}).name == "app"


@pytest.mark.parametrize(
    "document",
    [
        SPDX | {"spdxVersion": "SPDX-2.1"},
        SPDX | {"spdxVersion": "SPDX-3.0"},
        {"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []},
    ],
)
def test_other_spdx_versions_are_refused(document: dict[str, Any]) -> None:
    refused("FORMAT_UNSUPPORTED", spdx.read, document)


@pytest.mark.parametrize(
    "changes",
    [
        {"spdxVersion": 2.3},
        {"SPDXID": "SPDXRef-1"},
        {"dataLicense": "MIT"},
        {"name": ""},
        {"creationInfo": None},
        {"packages": {}},
        {"packages": [{"name": "x"}]},
        {"packages": [{"SPDXID": "x"}]},
        {"packages": [{"SPDXID": "x", "name": "x", "externalRefs": ["purl"]}]},
        {"files": ["x"]},
        {"relationships": [[]]},
    ],
)
def test_a_malformed_spdx_document_is_refused(changes: dict[str, Any]) -> None:
    refused("SPDX_INVALID", spdx.read, SPDX | changes)
