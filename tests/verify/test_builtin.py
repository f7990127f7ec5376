"""The built-in trust roots: their bytes, and that reading them runs no foreign code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from attest.errors import UsageError
from attest.model.digest import Digest
from attest.verify import BUILTIN_ROOTS, builtin_root
from attest.verify.builtin import TUF_REPOSITORIES, _read, builtin_repository, origin
from attest.verify.root import parse_root

GITHUB = "484cdfe1a7c65479c5ba2a22193d1be90f0020db1997de696ab207434c62fbb7"
VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "vectors" / "roots"


@pytest.mark.parametrize("name", BUILTIN_ROOTS)
def test_each_parses(name: str) -> None:
    assert parse_root(name, builtin_root(name)).authorities


def test_github_is_the_pinned_one() -> None:
    content = builtin_root("github")
    assert Digest.of(content) == Digest("sha256", GITHUB)
    readme = Path(__file__).resolve().parents[2] / "attest" / "verify" / "data" / "README.md"
    assert GITHUB in readme.read_text(encoding="utf-8")
    windows = [authority.window for authority in parse_root("github", content).authorities]
    assert len(windows) == 6


@pytest.mark.parametrize("name", BUILTIN_ROOTS)
def test_each_is_the_published_one(name: str) -> None:
    published = VECTORS / f"{name}.json"
    if not published.exists():
        pytest.skip("the public vectors are not beside the repository")
    assert builtin_root(name) == published.read_bytes()


@pytest.mark.parametrize("name", BUILTIN_ROOTS)
def test_each_says_where_it_is_from_and_of_when(name: str) -> None:
    content = builtin_root(name)
    said = origin(name, content)
    assert said.endswith(", as of 2026-11-21")
    assert said.startswith(f"built in, from {'attest-gate' if name == 'github' else 'sigstore'} ")
    assert origin(name, content + b" ").endswith("not the one that this release was tested with")
    readme = Path(__file__).resolve().parents[2] / "attest" / "verify" / "data" / "README.md"
    assert Digest.of(content).value in readme.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TUF_REPOSITORIES)
def test_each_repository_comes_with_root_metadata(name: str) -> None:
    url, root = builtin_repository(name)
    assert url.startswith("https://tuf-repo-cdn.sigst")
    assert json.loads(root)["signed"]["_type"] == "root"


def test_no_other_repository() -> None:
    with pytest.raises(UsageError, match="public-good, staging") as refusal:
        builtin_repository("github")
    assert refusal.value.code == "ROOT_UNKNOWN"


def test_an_unknown_name() -> None:
    with pytest.raises(UsageError, match="public-good") as refusal:
        builtin_root("../../etc/passwd")
    assert refusal.value.code == "ROOT_UNKNOWN"


def test_nothing_heavy_is_imported() -> None:
    """Only a bundle with a timestamp needs `rfc3161_client`, and nothing needs sigstore's code."""
    program = (
        "import sys, attest.verify as v; v.builtin_root('public-good');"
        "print(sorted({m.split('.')[0] for m in sys.modules}"
        " & {'rfc3161_client', 'pydantic', 'requests', 'tuf', 'rich', 'yaml'}),"
        " 'sigstore.verify' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[] False"


def test_a_package_without_its_files() -> None:
    with pytest.raises(UsageError, match=r"is not in the installed attest\.verify") as refusal:
        _read("github", "attest.verify", "data", "none.json")
    assert refusal.value.code == "ROOT_UNKNOWN"
    assert "Reinstall attest" in refusal.value.hint
