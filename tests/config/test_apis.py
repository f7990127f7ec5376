"""Sources with an API: asked only where a plan names them, over HTTPS unless it says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from attest.config.explain import explain
from attest.model.artifact import Reference
from attest.plan import EvidenceSource
from tests.config.plans import HEX, evidence_with, load, plan_text, refused


def sources(*written: str) -> str:
    return evidence_with(f"sources: [{', '.join(written)}], accept: [{{signed_by: [rel]}}]")


@pytest.mark.parametrize(
    ("written", "scheme", "locator", "api"),
    [
        ("github:org/app", "github", "org/app", "https://api.github.com"),
        ("npm:left-pad@1.3.0", "npm", "left-pad@1.3.0", "https://registry.npmjs.org"),
        ("'npm:@org/app@1.3.0'", "npm", "@org/app@1.3.0", "https://registry.npmjs.org"),
        ("pypi:app@1.0", "pypi", "app@1.0", "https://pypi.org"),
        ("pypi:app@1.0/app-1.0.tar.gz", "pypi", "app@1.0/app-1.0.tar.gz", "https://pypi.org"),
    ],
)
def test_a_source_by_name(
    tmp_path: Path, written: str, scheme: str, locator: str, api: str
) -> None:
    """Strangers may write there, so what is refused is listed, and nobody has relaxed anything."""
    plan = load(tmp_path, sources(written))
    assert plan.sources == (EvidenceSource(Reference(scheme, locator), "warn", api),)
    assert not plan.sources[0].beside
    assert plan.weakened == ()


def test_a_source_with_an_api_of_its_own(tmp_path: Path) -> None:
    written = "{source: 'github:o/r', api: 'https://git.corp:8443/api/v3', on_refused: fail}"
    plan = load(tmp_path, sources(written))
    (found,) = plan.sources
    assert (found.api, found.on_refused) == ("https://git.corp:8443/api/v3", "fail")
    assert plan.weakened == ()


@pytest.mark.parametrize("written", ["", ", api: 'https://api.github.com'"])
def test_what_is_not_insecure_may_say_so(tmp_path: Path, written: str) -> None:
    plan = load(tmp_path, sources(f"{{source: 'github:o/r', insecure: false{written}}}"))
    assert (plan.sources[0].api, plan.weakened) == ("https://api.github.com", ())


def test_a_file_may_be_called_github(tmp_path: Path) -> None:
    plan = load(tmp_path, sources("github"))
    assert plan.sources == (EvidenceSource(Reference("file", "github", base=str(tmp_path))),)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("api: 'http://127.0.0.1:8080'", "plain HTTP needs `insecure: true`"),
        ("api: 'http://127.0.0.1:8080', insecure: false", "plain HTTP needs `insecure: true`"),
        ("api: 'https://git.corp', insecure: true", "insecure, but HTTPS"),
    ],
)
def test_plain_http_and_the_key_go_together(tmp_path: Path, written: str, problem: str) -> None:
    text = sources(f"{{source: 'github:o/r', {written}}}")
    assert refused(tmp_path, text, "CONFIG_VALUE").message.endswith(problem)


def test_a_token_is_named_and_not_written(tmp_path: Path) -> None:
    plan = load(tmp_path, sources("{source: 'github:o/r', token_env: GITHUB_TOKEN}"))
    assert (plan.sources[0].token_env, plan.weakened) == ("GITHUB_TOKEN", ())


def test_plain_http_is_for_this_machine_and_listed(tmp_path: Path) -> None:
    written = "{source: 'pypi:a@1', api: 'http://127.0.0.1:8080', insecure: true}"
    plan = load(tmp_path, sources(written))
    assert plan.sources[0].api == "http://127.0.0.1:8080"
    assert [(line.option, line.where) for line in plan.weakened] == [
        ("plain HTTP", "evidence.sources[0].api")
    ]


@pytest.mark.parametrize(
    "written",
    [
        "github:org",
        "'github:org/app@sha256:" + HEX + "'",
        "npm:left-pad",
        "pypi:attest",
        "'pypi:a@1/../b'",
        "{source: 'github:o/r', api: 'http://127.0.0.1:8080'}",
        "{source: 'github:o/r', api: 'http://git.corp', insecure: true}",
        "{source: 'github:o/r', api: 'https://git.corp', insecure: true}",
        "{source: 'github:o/r', api: 'https://user:secret@git.corp'}",
        "{source: 'github:o/r', api: 'https://git.corp/?x=y'}",
        "{source: 'github:o/r', api: git.corp}",
        "{source: 'github:o/r', insecure: true}",
        "{source: 'github:o/r', on_refused: pass}",
        "{source: 'github:o/r', token_env: 'ghp_ab-cd'}",
        "{source: 'dir:evidence', token_env: TOKEN}",
        "{source: 'dir:evidence', api: 'https://git.corp'}",
        "{source: 'oci:referrers', insecure: false}",
    ],
)
def test_refused_sources(tmp_path: Path, written: str) -> None:
    error = refused(tmp_path, sources(written), "CONFIG_VALUE")
    assert error.message.startswith("evidence.sources[0]")
    assert "secret" not in str(error)


@pytest.mark.parametrize("place", ["github:o/r", "npm:a@1.0.0", "pypi:a@1"])
def test_only_evidence_comes_from_an_api(tmp_path: Path, place: str) -> None:
    error = refused(tmp_path, plan_text(more=f"subjects: ['{place}']\n"), "UNSUPPORTED")
    assert "source of signed evidence alone" in error.message
    policy = f"policies: [{{source: '{place}', signed_by: [rel]}}]\n"
    refused(tmp_path, plan_text(policies=policy), "UNSUPPORTED")


def test_a_source_with_a_digest_on_the_web(tmp_path: Path) -> None:
    plan = load(tmp_path, sources(f"'https://example.test/e.json@sha256:{HEX}'"))
    assert (plan.sources[0].source.scheme, plan.sources[0].on_refused) == ("https", "fail")


def test_the_plan_in_words_names_the_api(tmp_path: Path) -> None:
    said = "\n".join(explain(load(tmp_path, sources("pypi:app@1.0"))))
    assert "pypi:app@1.0, asked at https://pypi.org; what is refused there is only listed" in said
