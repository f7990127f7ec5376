"""Policy artifacts of every type in use, as their own tools lay them out, decided by the gate."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from attest.author.layout import Layer
from attest.decode.policies.archive import bundle_tar
from attest.model.digest import Digest
from attest.model.policy import File
from attest.model.report import PolicyLine, Report
from fixtures.making import policies
from fixtures.making.world import box, policy_team
from tests.evaluate.abi.extism.wat import assemble
from tests.gate import CLEAN, PASSES, Gate, chainloop, results

VERDICT = policies.SOURCES / "scanner-verdict"
WASM = (VERDICT / "policy.wasm").read_bytes()
REGO = (VERDICT / "verdict.rego").read_bytes()
TEST = b"package release_test\n\ntest_nothing := true\n"

CONFTEST = "application/vnd.cncf.openpolicyagent."
WASM_LAYER = "application/vnd.wasm.content.layer.v1+wasm"
OPA_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
EMPTY = Layer(b"{}", "application/vnd.oci.empty.v1+json")
WAPC = assemble(
    '(module (import "wapc" "__guest_request" (func (param i32 i32)))'
    ' (func (export "__guest_call") (param i32 i32) (result i32) i32.const 1))'
)
KUBEWARDEN = {
    "io.kubewarden.policy.title": "verify-attestations",
    "io.kubewarden.policy.version": "0.3.1",
    "io.kubewarden.policy.author": "team@example.org",
}


@pytest.fixture
def judged(gate: Gate) -> Gate:
    """A gate with a clean scan, which it requires."""
    gate.evidence(CLEAN)
    gate.require()
    return gate


def packed(files: Mapping[str, bytes]) -> bytes:
    return bundle_tar([File(path, content) for path, content in files.items()])


def run(
    gate: Gate, layers: Sequence[Layer], *, plan: Mapping[str, Any] | None = None, **manifest: Any
) -> Report:
    """Decide by one artifact of ``layers``, signed by the policy team."""
    layout = gate.case.layout
    digest = layout.add_manifest(layers, **manifest)
    layout.attach(digest, box.sign_blob(layout.blob(digest), key=policy_team))
    source = f"oci-layout:policies@{digest}"
    gate.plan["policies"].append({"source": source, "signed_by": ["policy-team"], **(plan or {})})
    return gate.run()


def only_policy(report: Report) -> PolicyLine:
    assert (report.exit_code, report.reason.code) == (0, "PASSED"), report.reason
    (line,) = report.policies
    return line


def opa_bundle(**more: bytes) -> bytes:
    """Return what `opa build -t wasm` makes: names with a leading slash are its own affair."""
    return packed(policies.two_forms() | more)


def test_an_opa_bundle(judged: Gate) -> None:
    files = policies.two_forms()
    files[".manifest"] = files[".manifest"].replace(b'"revision": ""', b'"revision": "r7"')
    report = run(judged, [Layer(packed(files), OPA_LAYER, "bundle.tar.gz")])
    line = only_policy(report)
    assert (line.revision, line.engine.name) == ("r7", "opa-wasm")
    assert report.weakened == ()


def test_an_opa_bundle_whose_source_cannot_be_asked(judged: Gate) -> None:
    """`opa build -t wasm` takes the entry rules out of the source: one form alone decides."""
    files = policies.two_forms()
    (source,) = [name for name in files if name.endswith(".rego")]
    names = [one["entrypoint"] for one in json.loads(files[".manifest"])["wasm"]]
    (package,) = {name.rpartition("/")[0].replace("/", ".") for name in names}
    left = [f"import data.{name.replace('/', '.')}" for name in names]
    files[source] = "\n".join([f"package {package}", "", *left, ""]).encode()
    report = run(judged, [Layer(packed(files), OPA_LAYER, "bundle.tar.gz")])
    assert only_policy(report).engine.name == "opa-wasm"
    (weak,) = report.weakened
    assert (weak.option, weak.where) == ("source and Wasm", report.policies[0].id)


def test_an_opa_bundle_that_is_typed_as_wasm(judged: Gate) -> None:
    """`oras push --artifact-type …opa.bundle bundle.tar.gz:…wasm.content.layer.v1+wasm`."""
    layer = Layer(opa_bundle(), WASM_LAYER, "bundle.tar.gz")
    created = {"org.opencontainers.image.created": "2026-04-20T08:00:00Z"}
    report = run(judged, [layer], artifact_type="application/vnd.opa.bundle", annotations=created)
    line = only_policy(report)
    assert (line.created, line.engine.name) == ("2026-04-20T08:00:00Z", "opa-wasm")
    assert line.claimed == ("created",)


@pytest.mark.parametrize("artifact_type", [None, "application/vnd.example"])
def test_other_gzip_that_is_typed_as_wasm(judged: Gate, artifact_type: str | None) -> None:
    layer = Layer(opa_bundle(), WASM_LAYER, "bundle.tar.gz")
    report = run(judged, [layer], artifact_type=artifact_type)
    assert (report.exit_code, report.reason.code) == (4, "LAYER_TYPE")


def test_wasm_under_the_type_of_opa_bundles(judged: Gate) -> None:
    layer = Layer(WASM, WASM_LAYER, "policy.wasm")
    line = only_policy(run(judged, [layer], artifact_type="application/vnd.opa.bundle"))
    assert line.engine.name == "opa-wasm"


@pytest.mark.parametrize(
    "config",
    [
        "application/vnd.cncf.openpolicyagent.config.v1+json",
        "application/vnd.unknown.config.v1+json",
    ],
)
def test_layers_as_conftest_and_conforma_push_them(judged: Gate, config: str) -> None:
    layers = [
        Layer(REGO, f"{CONFTEST}policy.layer.v1+rego", "policy/release/verdict.rego"),
        Layer(TEST, f"{CONFTEST}policy.layer.v1+rego", "policy/release/verdict_test.rego"),
        Layer(b'{"rule_data": {}}', f"{CONFTEST}data.layer.v1+json", "data/rule_data.json"),
    ]
    line = only_policy(run(judged, layers, config=Layer(b"{}", config)))
    assert line.engine.name == "rego"


def test_trivy_checks(judged: Gate) -> None:
    layer = Layer(packed({"verdict.rego": REGO}), f"{CONFTEST}layer.v1.tar+gzip", "bundle.tar.gz")
    config = Layer(b"{}", "application/vnd.cncf.openpolicyagent.config.v1+json")
    assert only_policy(run(judged, [layer], config=config)).engine.name == "rego"


def _cncf(layers: Sequence[Layer], **changes: Any) -> Layer:
    described = {
        "created": "2026-04-20T08:00:00Z",
        "author": "team@example.org",
        "architecture": "wasm",
        "os": "wasip1",
        "layerDigests": [str(Digest.of(layer.content)) for layer in layers],
    }
    content = json.dumps(described | changes).encode()
    return Layer(content, "application/vnd.wasm.config.v0+json")


def test_a_cncf_wasm_artifact(judged: Gate) -> None:
    layers = [Layer(WASM, "application/wasm")]
    line = only_policy(run(judged, layers, config=_cncf(layers)))
    assert (line.author, line.created) == ("team@example.org", "2026-04-20T08:00:00Z")
    assert line.claimed == ("author", "created")


@pytest.mark.parametrize(
    "changes",
    [
        {"layerDigests": [str(Digest.of(b"other"))]},
        {"layerDigests": "x"},
        {"author": 5},
    ],
)
def test_a_wasm_configuration_about_other_layers(judged: Gate, changes: dict[str, Any]) -> None:
    layers = [Layer(WASM, "application/wasm")]
    report = run(judged, layers, config=_cncf(layers, **changes))
    assert (report.exit_code, report.reason.code) == (4, "POLICY_BUNDLE_MALFORMED")


@pytest.mark.parametrize("content", [b"", b"[]", b'{"author": "a", "author": "b"}'])
def test_a_broken_wasm_configuration(judged: Gate, content: bytes) -> None:
    config = Layer(content, "application/vnd.wasm.config.v0+json")
    report = run(judged, [Layer(WASM, "application/wasm")], config=config)
    assert (report.exit_code, report.reason.code) == (4, "POLICY_BUNDLE_MALFORMED")


def test_a_wasm_layer_with_an_older_configuration(judged: Gate) -> None:
    config = Layer(b"{}", "application/vnd.wasm.config.v1+json")
    line = only_policy(run(judged, [Layer(WASM, WASM_LAYER)], config=config))
    assert line.engine.name == "opa-wasm"


def test_a_kubewarden_policy_is_recognised_and_not_run(judged: Gate) -> None:
    config = Layer(b"{}", "application/vnd.wasm.config.v1+json")
    layers = [Layer(WAPC, WASM_LAYER, "policy.wasm")]
    report = run(judged, layers, config=config, annotations=KUBEWARDEN)
    assert (report.exit_code, report.reason.code) == (6, "ENGINE_UNSUPPORTED")
    assert "kubewarden" in report.reason.message
    (line,) = report.policies
    assert (line.version, line.author) == ("0.3.1", "team@example.org")
    assert set(line.claimed) == {"version", "author"}


def test_chainloops_declaration_with_its_scripts_as_layers(judged: Gate) -> None:
    files = chainloop(PASSES, name="scripts")
    layers = [
        Layer(files["policy.yaml"], "application/yaml", "policy.yaml"),
        Layer(files["p.rego"], f"{CONFTEST}policy.layer.v1+rego", "p.rego"),
    ]
    report = run(judged, layers)
    assert only_policy(report).name == "scripts"
    assert results(report) == [("scripts", "passed", "PASSED")]


@pytest.mark.parametrize(
    ("layer", "engine"),
    [
        (Layer(REGO, f"{CONFTEST}policy.layer.v1+rego"), "rego"),
        (Layer(REGO, "text/plain", "verdict.rego"), "rego"),
        (Layer(WASM, "application/wasm"), "opa-wasm"),
        (Layer(WASM, "application/octet-stream", "verdict.wasm"), "opa-wasm"),
    ],
)
def test_a_single_layer(judged: Gate, layer: Layer, engine: str) -> None:
    assert only_policy(run(judged, [layer])).engine.name == engine


def test_a_single_layer_of_cedar_is_refused_by_name(judged: Gate) -> None:
    report = run(judged, [Layer(b"permit (principal, action, resource);", "text/plain", "p.cedar")])
    assert (report.exit_code, report.reason.code) == (6, "POLICY_UNSUPPORTED")


def test_the_annotations_come_before_kubewardens_and_the_configurations(judged: Gate) -> None:
    layers = [Layer(WASM, "application/wasm")]
    said = policies.ANNOTATIONS | KUBEWARDEN
    line = only_policy(run(judged, layers, config=_cncf(layers), annotations=said))
    assert (line.version, line.author) == ("1.4.0", "policy-team@example.org")
    assert line.created == "2026-04-20T08:00:00Z"
