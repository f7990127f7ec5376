"""SLSA provenance (slsa.dev/spec/v1.0/provenance, v0.2/provenance and v0.1/provenance)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from attest.decode import builds
from attest.decode.base import Facts, Format
from attest.decode.shape import Shape
from attest.decode.times import parse_time
from attest.model.material import Kind

_CODE = "PROVENANCE_INVALID"


def read_v1(predicate: Any) -> Facts:
    """Check builder, build type and parameters of provenance v1."""
    provenance = Shape(predicate, _CODE).object()
    build = provenance.at("buildDefinition").object()
    build.at("buildType").text()
    build.at("externalParameters").object()
    run = provenance.at("runDetails").object()
    run.at("builder").object().at("id").text()
    for dependency in build.at("resolvedDependencies").items():
        dependency.object()
    finished = _time(run.at("metadata"), "finishedOn")
    return Facts(completed_at=finished, stated=builds.of_v1(predicate))


def read_v02(predicate: Any) -> Facts:
    """Check builder and build type of provenance v0.2."""
    provenance = Shape(predicate, _CODE).object()
    provenance.at("buildType").text()
    provenance.at("builder").object().at("id").text()
    for material in provenance.at("materials").items():
        material.object()
    finished = _time(provenance.at("metadata"), "buildFinishedOn")
    return Facts(completed_at=finished, stated=builds.of_v02(predicate))


def read_v01(predicate: Any) -> Facts:
    """Check builder and recipe of provenance v0.1."""
    provenance = Shape(predicate, _CODE).object()
    provenance.at("recipe").object().at("type").text()
    provenance.at("builder").object().at("id").text()
    for material in provenance.at("materials").items():
        material.object()
    finished = _time(provenance.at("metadata"), "buildFinishedOn")
    return Facts(completed_at=finished, stated=builds.of_v01(predicate))


def _time(metadata: Shape, member: str) -> datetime | None:
    return None if metadata.value is None else parse_time(metadata.object().value.get(member))


V1 = Format(
    kind=Kind.SLSA_PROVENANCE,
    predicate_types=(builds.V1,),
    read=read_v1,
)
V02 = Format(
    kind=Kind.SLSA_PROVENANCE,
    predicate_types=(builds.V02,),
    read=read_v02,
)
V01 = Format(
    kind=Kind.SLSA_PROVENANCE,
    predicate_types=(builds.V01,),
    read=read_v01,
)
