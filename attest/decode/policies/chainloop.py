"""Chainloop's ``Policy`` (chainloop, workflowcontract/v1/crafting_schema.proto).

Accepted unchanged; ``spec.engine`` is attest's own addition. An unknown field is refused, as
Chainloop refuses it: it might be a condition that would go unheeded.
"""

from __future__ import annotations

import re
from typing import Any

from attest.decode.policies.capabilities import capabilities
from attest.decode.policies.fields import Fields
from attest.decode.shape import Shape
from attest.errors import DecodeError
from attest.model.capability import Capabilities
from attest.model.frozen import frozen
from attest.model.material import Kind
from attest.model.policy import Input

API_VERSIONS = ("chainloop.dev/v1", "workflowcontract.chainloop.dev/v1")
API_GROUP = "chainloop.dev"
CHAINLOOP_KINDS = (
    "STRING",
    "CONTAINER_IMAGE",
    "SBOM_CYCLONEDX_JSON",
    "SBOM_SPDX_JSON",
    "JUNIT_XML",
    "OPENVEX",
    "CSAF_VEX",
    "SARIF",
    "HELM_CHART",
    "EVIDENCE",
    "ATTESTATION",
    "CSAF_INFORMATIONAL_ADVISORY",
    "CSAF_SECURITY_ADVISORY",
    "CSAF_SECURITY_INCIDENT_RESPONSE",
    "GITLAB_SECURITY_REPORT",
    "ZAP_DAST_ZIP",
    "BLACKDUCK_SCA_JSON",
    "TWISTCLI_SCAN_JSON",
    "GHAS_CODE_SCAN",
    "GHAS_SECRET_SCAN",
    "GHAS_DEPENDENCY_SCAN",
    "JACOCO_XML",
    "SLSA_PROVENANCE",
    "CHAINLOOP_RUNNER_CONTEXT",
    "CHAINLOOP_PR_INFO",
    "CHAINLOOP_AI_AGENT_CONFIG",
    "CHAINLOOP_AI_CODING_SESSION",
    "GITLEAKS_JSON",
    "OPENAPI_SPEC",
    "ASYNCAPI_SPEC",
    "GRAPHQL_SPEC",
    "YELP_DETECT_SECRETS_BASELINE",
    "SYSINTERNALS_SIGCHECK",
    "SYSINTERNALS_ACCESSCHK",
    "CERTCC_DRANZER",
    "OSSF_SCORECARD_JSON",
    "RADAMSA_REPORT",
    "RADAMSA_CRASHES",
    "TRUFFLEHOG_JSON",
    "COBERTURA_XML",
    "CHECKMARX_JSON",
    "OVERSECURED_JSON",
)
"""Chainloop's material types that a policy may ask for (all but ARTIFACT)."""

KINDS = (*CHAINLOOP_KINDS, *(kind.value for kind in Kind if kind not in CHAINLOOP_KINDS))
EMBEDDED = "embedded"
"""The source of a script that stands in the declaration itself."""
_VERSION = ("apiVersion", "api_version")
_RESOURCES = frozenset({"policy", "policygroup", "contract"})
_OLD_CONTRACT = frozenset({"materials", "policies", "policyGroups", "policy_groups"})
_METADATA = ("name", "description", "annotations", "organization", "findingType")
_FINDING_TYPES = ("VULNERABILITY", "SAST", "LICENSE_VIOLATION")
_PHASES = ("INIT", "PUSH")
_POLICY_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_INPUT_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_]*")


@frozen
class Script:
    """Code for one kind of material: exactly one of ``path``, ``embedded`` and ``ref``."""

    kind: str | None
    source: str
    text: str


@frozen
class Declared:
    """One policy.yaml, read. ``auto_match`` is a script that nothing here runs."""

    name: str
    description: str | None
    version: str | None
    engine: str | None
    scripts: tuple[Script, ...]
    inputs: tuple[Input, ...]
    auto_match: Script | None
    finding_type: str | None = None
    capabilities: Capabilities | None = None


@frozen
class About:
    """What a resource says of itself under ``metadata``."""

    name: str
    description: str | None
    version: str | None
    finding_type: str | None


def is_declaration(document: Any) -> bool:
    """Tell whether a YAML or JSON document means to be a Chainloop resource.

    One that nearly does counts as well, so that `read` refuses it: as data it would not be run.
    """
    if not isinstance(document, dict):
        return False
    if any(API_GROUP in str(document.get(key, "")) for key in _VERSION):
        return True
    if "schemaVersion" in document and document.keys() & _OLD_CONTRACT:
        return True
    like_a_resource = str(document.get("kind", "")).lower() in _RESOURCES
    return like_a_resource and bool(document.keys() & {"spec", "metadata", *_VERSION})


def kind_of(document: dict[str, Any]) -> str:
    """Return ``Policy`` or ``PolicyGroup``.

    Raises `DecodeError`: POLICY_UNSUPPORTED for a contract, POLICY_INVALID for anything else.
    """
    kind = document.get("kind")
    if kind == "Contract" or (kind is None and "schemaVersion" in document):
        raise DecodeError(
            "POLICY_UNSUPPORTED",
            "/kind: a Contract says what a workflow must attest; here attest.yaml says that. "
            "expected Policy or PolicyGroup",
        )
    if kind not in ("Policy", "PolicyGroup"):
        raise Shape(kind, "POLICY_INVALID", "/kind").refuse("Policy or PolicyGroup")
    return str(kind)


def read(document: dict[str, Any], pointer: str = "") -> Declared:
    """Check a Policy that stands at ``pointer``; raise `DecodeError` (POLICY_INVALID)."""
    about, place = resource(document, "Policy", pointer)
    spec = Fields.of(
        place.value,
        place.pointer,
        ("path", "embedded", "type", "policies", "inputs", "autoMatch", "engine", "capabilities"),
    )
    return Declared(
        name=about.name,
        description=about.description,
        version=about.version,
        engine=spec.at("engine").optional_text(),
        scripts=_scripts(spec),
        inputs=inputs(spec.at("inputs")),
        auto_match=_auto_match(spec.at("autoMatch")),
        finding_type=about.finding_type,
        capabilities=capabilities(spec.at("capabilities")),
    )


def resource(document: Any, kind: str, pointer: str = "") -> tuple[About, Shape]:
    """Check what all resources have in common; return ``metadata``, and the place of ``spec``."""
    top = Fields.of(document, pointer, ("apiVersion", "kind", "metadata", "spec"))
    if top.at("kind").value != kind:
        raise top.at("kind").refuse(kind)
    version = top.at("apiVersion")
    if version.value not in API_VERSIONS:
        raise version.refuse(" or ".join(API_VERSIONS))
    metadata = Fields.of(top.at("metadata").value, f"{pointer}/metadata", _METADATA)
    one_of(metadata.at("findingType"), _FINDING_TYPES)
    about = About(
        name=_matching(metadata.at("name"), _POLICY_NAME),
        description=metadata.at("description").optional_text(),
        version=_annotation(metadata.at("annotations"), "version"),
        finding_type=metadata.at("findingType").value,
    )
    return about, top.at("spec")


def _scripts(spec: Fields) -> tuple[Script, ...]:
    entries = spec.at("policies").items()
    single = spec.at("path").value is not None or spec.at("embedded").value is not None
    if single == bool(entries):
        raise spec.place.refuse("either `policies` or one of `path` and `embedded`")
    if single:
        return (_script(spec, spec.at("type"), ("path", "embedded")),)
    known = ("kind", "path", "embedded", "ref", "attestationPhases")
    found = []
    for entry in entries:
        fields = Fields.of(entry.value, entry.pointer, known)
        for phase in fields.at("attestationPhases").items():
            one_of(phase, _PHASES)
        found.append(_script(fields, fields.at("kind"), ("path", "embedded", "ref")))
    return tuple(found)


def _script(fields: Fields, kind: Shape, sources: tuple[str, ...]) -> Script:
    given = [source for source in sources if fields.at(source).value is not None]
    if len(given) != 1:
        raise fields.place.refuse(f"exactly one of {', '.join(sources)}")
    one_of(kind, KINDS)
    return Script(kind.value, given[0], fields.at(given[0]).text())


def _auto_match(place: Shape) -> Script | None:
    if place.value is None:
        return None
    sources = ("path", "embedded", "ref")
    fields = Fields.of(place.value, place.pointer, sources)
    return _script(fields, Shape(None, fields.place.code), sources)


def inputs(place: Shape) -> tuple[Input, ...]:
    """Read the inputs that a policy or a group declares."""
    found: dict[str, Input] = {}
    for entry in place.items():
        fields = Fields.of(
            entry.value, entry.pointer, ("name", "description", "required", "default")
        )
        name = _matching(fields.at("name"), _INPUT_NAME)
        required, default = fields.at("required"), fields.at("default")
        if required.value is not None and not isinstance(required.value, bool):
            raise required.refuse("true or false")
        if default.value is not None and not isinstance(default.value, str):
            raise default.refuse("a string: put it in quotes")
        if required.value and default.value is not None:
            raise entry.refuse("either `required` or `default`")
        if name in found:
            raise entry.refuse(f"one input named {name!r}")
        found[name] = Input(name, bool(required.value), default.value)
    return tuple(found.values())


def _annotation(place: Shape, name: str) -> str | None:
    if place.value is None:
        return None
    for key, value in place.object().value.items():
        if not isinstance(value, str):
            raise place.at(key).refuse("a string: put it in quotes")
    return place.at(name).optional_text()


def _matching(place: Shape, pattern: re.Pattern[str]) -> str:
    text = place.text()
    if not pattern.fullmatch(text):
        raise place.refuse(f"a name like {pattern.pattern}")
    return text


def one_of(place: Shape, known: tuple[str, ...]) -> None:
    """Refuse a value that is there and is not ``known``."""
    if place.value is not None and place.value not in known:
        raise place.refuse(f"one of {', '.join(sorted(known))}")
