"""The schema, the documentation and the loader must speak of the same keys."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from attest.config.evidence import _NOT_DOCUMENTS
from attest.config.keys import KEYS, UNSUPPORTED
from attest.config.policies import ENGINES
from attest.config.references import LATER
from attest.model.material import Kind
from attest.model.verdict import Severity
from attest.verify.builtin import BUILTIN_ROOTS, builtin_root
from tests.config.plans import HEAD, HEX, PEM, load, plan_text, refused

DOCS = Path(__file__).parents[2] / "docs"
SCHEMA: dict[str, Any] = json.loads((DOCS / "schemas" / "attest.schema.json").read_text())
GUIDE = (DOCS / "attest-yaml.md").read_text()
SMALLEST, FULL = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
CONTENTS = {
    "keys/release.pub": PEM.encode(),
    "keys/rel.pub": PEM.encode(),
    "trust/root.json": builtin_root("public-good"),
    "kev.json": b"{}",
    "trust/corp-ca.pem": b"-----BEGIN CERTIFICATE-----\n",
    "trust/client.pem": b"",
    "trust/client.key": b"",
}
UNENFORCED = {"$ref": "#/$defs/unsupported"}

# Every key at once; what stands for a value is filled in.
IN_FULL = (
    HEAD
    + """
subjects: [dist/app.tar.gz]
trust:
  roots: {public-good: {builtin: public-good}, corp: {path: trust/root.json, sha256: HEX}}
  signers:
    ci:   {root: public-good, issuer: https://token.actions.githubusercontent.com, identity: https://github.com/org/app/.github/workflows/release.yml@refs/heads/main, claims: {source_repository_uri: https://github.com/org/app}}
    scan: {root: corp, issuer: https://idp.corp, identity: {pattern: '[a-z]+@idp.corp'}}
    rel:  {key: {path: keys/rel.pub, sha256: HEX}, valid_until: 2027-01-01}
    alice: {key: {path: keys/rel.pub, sha256: HEX}}
    bob: {key: {path: keys/rel.pub, sha256: HEX}}
    carol: {key: {path: keys/rel.pub, sha256: HEX}}
    two:  {threshold: 2, of: [alice, bob, carol]}
  revoked: [sha256:HEX]
policies:
  - source: oci-layout:policies@sha256:HEX
    signed_by: [rel]
    expect: {slsa_source: github.com/org/policies}
    engine: rego
    entrypoint: pkg/rule
    applies_to: {kinds: [SARIF], predicate_types: [https://example.com/x], names: [x]}
    inputs: all
    with: {severity: high, ignore: [CVE-2024-1]}
    data: [{path: kev.json, sha256: HEX}]
    on_skip: fail
    enforce: true
    grant: {http: [{host: www.cisa.gov, methods: [GET], may_fail: false}], functions: [chainloop_discover]}
    limits: {timeout: 10s, memory: 128MiB, fuel: 5_000_000_000}
evidence:
  sources: ["dir:evidence", "oci:referrers"]
  accept:
    - {predicate_types: [https://slsa.dev/provenance/v1], signed_by: [ci]}
    - {kinds: [SARIF], signed_by: [scan]}
  documents:
    - {path: scan.sarif, kind: SARIF, sha256: HEX, about: all}
  required:
    - {kind: SARIF, signed_by: [scan], max_age: 24h, at_least: 1, rules: [CVE-scan]}
    - {predicate_type: https://slsa.dev/provenance/v1, signed_by: [ci], expect: {slsa_source: github.com/org/app}}
waivers: {sources: ["dir:waivers"], signed_by: [rel], max_duration: 30d, warn_before: 7d, allow_rule_wide: false}
baseline: {source: x, signed_by: [rel], max_age: 30d}
fail_on: high
extends: [{path: org.yaml, sha256: HEX}]
verifier: {id: https://org/verifier, resource_uri: x, levels: [x]}
cross_check: false
allow_at: false
"""  # noqa: E501  # as the interface has it
)


def filled(text: str, folder: Path) -> str:
    """Make the files that ``text`` pins, and put their digests where it says HEX."""
    for path, content in CONTENTS.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
        pin = hashlib.sha256(content).hexdigest()
        text = text.replace(f"path: {path}, sha256: HEX", f"path: {path}, sha256: {pin}")
    return text.replace("HEX", HEX)


def valid(text: str) -> bool:
    document = json.loads(
        json.dumps(yaml.safe_load(text), default=lambda moment: moment.isoformat())
    )
    return jsonschema_rs.validator_for(SCHEMA).is_valid(document)


def test_the_schema_is_one() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert jsonschema_rs.meta.is_valid(SCHEMA)


@pytest.mark.parametrize("shape", KEYS)
def test_schema_and_loader_know_the_same_keys(shape: str) -> None:
    definition = SCHEMA["$defs"][shape]
    assert definition["additionalProperties"] is False
    enforced = {key for key, value in definition["properties"].items() if value != UNENFORCED}
    assert enforced == set(KEYS[shape])
    assert set(definition["properties"]) - enforced == set(UNSUPPORTED.get(shape, {}))


def test_the_schema_has_no_tables_that_the_loader_lacks() -> None:
    tables = {name for name, found in SCHEMA["$defs"].items() if "properties" in found}
    assert tables == set(KEYS)
    assert set(UNSUPPORTED) <= set(KEYS)


def test_the_schema_lists_the_same_words() -> None:
    properties = {shape: SCHEMA["$defs"][shape]["properties"] for shape in KEYS}
    assert SCHEMA["$defs"]["kind_of_evidence"]["enum"] == [kind.value for kind in Kind]
    assert properties["gate"]["fail_on"]["enum"] == [one.word for one in Severity]
    assert properties["policy"]["engine"]["enum"] == list(ENGINES)
    assert properties["root"]["builtin"]["enum"] == list(BUILTIN_ROOTS)


@pytest.mark.parametrize("shape", KEYS)
def test_every_key_is_documented(shape: str) -> None:
    for key in (*KEYS[shape], *UNSUPPORTED.get(shape, {})):
        assert re.search(rf"\b{key}\b", GUIDE), f"{shape}.{key}"
    for word in (*ENGINES, *LATER, *map(str, _NOT_DOCUMENTS)):
        assert word in GUIDE


@pytest.mark.parametrize("text", [SMALLEST, FULL], ids=["smallest", "full"])
def test_documented_plans_load_and_satisfy_the_schema(tmp_path: Path, text: str) -> None:
    plan = load(tmp_path, filled(text, tmp_path))
    assert plan.policies
    assert valid(filled(text, tmp_path))


def test_the_full_plan_of_the_guide_has_every_enforced_key() -> None:
    for shape, keys in KEYS.items():
        for key in keys:
            assert re.search(rf"\b{key}:", FULL), f"{shape}.{key}"


def test_the_smallest_plan_weakens_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, filled(SMALLEST, tmp_path)).weakened == ()


def test_the_full_plan_lists_what_it_weakens(tmp_path: Path) -> None:
    plan = load(tmp_path, filled(FULL, tmp_path))
    assert [line.where for line in plan.weakened] == [
        "trust.signers.scan.require.sct",
        "policies[0].on_skip",
        "policies[0].skip",
        "policies[1].unsigned",
        "evidence.sources[1].on_refused",
        'network.hosts."registry.corp:5000".plain_http',
        "fail_on",
    ]


def test_the_interface_in_full_is_refused_key_by_key(tmp_path: Path) -> None:
    text = filled(IN_FULL, tmp_path)
    seen = []
    for part in (
        r"^extends: .*\n",
        r"^verifier: .*\n",
    ):
        error = refused(tmp_path, text, "UNSUPPORTED")
        assert not valid(text)
        seen.append(error.message.partition(" ")[0])
        text = re.sub(part, "", text, flags=re.MULTILINE)
    assert seen == ["extends", "verifier"]
    load(tmp_path, text)
    assert valid(text)


@pytest.mark.parametrize(
    "more", ["polices: []\n", "baseline: {}\n", "fail_on: HIGH\n", "allow_at: 1\n"]
)
def test_the_schema_refuses_too(more: str) -> None:
    assert valid(plan_text())
    assert not valid(plan_text(more=more))
