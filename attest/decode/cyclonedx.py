"""CycloneDX bills of materials in JSON (ECMA-424; cyclonedx.org/docs/1.6/json)."""

from __future__ import annotations

from typing import Any

from attest.decode.base import Facts, Format
from attest.decode.shape import Shape
from attest.decode.times import parse_time
from attest.errors import DecodeError
from attest.model.material import Kind

VERSIONS = ("1.4", "1.5", "1.6", "1.7")

_CODE = "CYCLONEDX_INVALID"


def read(document: Any) -> Facts:
    """Check what every BOM must have: format, version, and the shape of its components."""
    bom = Shape(document, _CODE).object()
    if bom.at("bomFormat").value != "CycloneDX":
        raise bom.at("bomFormat").refuse("'CycloneDX'")
    version = bom.at("specVersion").text()
    if version not in VERSIONS:
        raise DecodeError(
            "FORMAT_UNSUPPORTED", f"expected CycloneDX {', '.join(VERSIONS)}, seen {version[:40]!r}"
        )
    revision = bom.at("version")
    if revision.value is not None and (type(revision.value) is not int or revision.value < 1):
        raise revision.refuse("an integer of at least 1")
    _check_components(bom)
    for vulnerability in bom.at("vulnerabilities").items():
        vulnerability.object()
    metadata = bom.at("metadata")
    if metadata.value is None:
        return Facts()
    main = metadata.object().at("component")
    if main.value is not None:
        _check_component(main)
        _check_components(main)
    return Facts(
        name=main.value["name"] if main.value is not None else None,
        completed_at=parse_time(metadata.value.get("timestamp")),
    )


def _check_components(holder: Shape) -> None:
    """Check the components at every depth; nesting is bounded by the JSON parser."""
    waiting = holder.at("components").items()
    while waiting:
        component = waiting.pop()
        _check_component(component)
        waiting.extend(component.at("components").items())


def _check_component(component: Shape) -> None:
    component.object()
    component.at("type").text()
    component.at("name").text()
    for member in ("version", "purl", "bom-ref"):
        value = component.at(member)
        if value.value is not None and not isinstance(value.value, str):
            raise value.refuse("a string")


FORMAT = Format(
    kind=Kind.SBOM_CYCLONEDX_JSON,
    predicate_types=("https://cyclonedx.org/bom", "https://cyclonedx.org/bom/v1."),
    read=read,
    bare=True,
    marks=lambda document: "bomFormat" in document,
)
