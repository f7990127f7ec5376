"""SPDX 2 documents in JSON (SPDX specification 2.3, clauses 6 and 7)."""

from __future__ import annotations

from typing import Any

from attest.decode.base import Facts, Format
from attest.decode.shape import Shape
from attest.decode.times import parse_time
from attest.errors import DecodeError
from attest.model.material import Kind

VERSIONS = ("SPDX-2.2", "SPDX-2.3")

_CODE = "SPDX_INVALID"


def read(document: Any) -> Facts:
    """Check what every document must have, and the shape of its packages."""
    spdx = Shape(document, _CODE).object()
    if _is_spdx3(spdx.value):
        raise DecodeError("FORMAT_UNSUPPORTED", f"expected {' or '.join(VERSIONS)}, seen SPDX 3")
    version = spdx.at("spdxVersion").text()
    if version not in VERSIONS:
        raise DecodeError(
            "FORMAT_UNSUPPORTED", f"expected {' or '.join(VERSIONS)}, seen {version[:40]!r}"
        )
    for member, expected in (("SPDXID", "SPDXRef-DOCUMENT"), ("dataLicense", "CC0-1.0")):
        if spdx.at(member).value != expected:
            raise spdx.at(member).refuse(repr(expected))
    name = spdx.at("name").text()
    creation = spdx.at("creationInfo").object()
    for package in spdx.at("packages").items():
        _check_package(package)
    for member in ("files", "relationships"):
        for element in spdx.at(member).items():
            element.object()
    return Facts(name=name, completed_at=parse_time(creation.value.get("created")))


def _check_package(package: Shape) -> None:
    package.object()
    package.at("name").text()
    package.at("SPDXID").text()
    for reference in package.at("externalRefs").items():
        reference.object()


def _is_spdx3(document: dict[str, Any]) -> bool:
    return "spdxVersion" not in document and "spdx.org/rdf/3" in str(document.get("@context"))


FORMAT = Format(
    kind=Kind.SBOM_SPDX_JSON,
    predicate_types=("https://spdx.dev/Document", "https://spdx.dev/Document/"),
    read=read,
    bare=True,
    marks=lambda document: "spdxVersion" in document or _is_spdx3(document),
)
