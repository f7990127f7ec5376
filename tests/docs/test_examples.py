"""Every example of README.md and docs/ is run, or at least read."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import click
import pytest
import yaml

from attest.cli import cli
from tests.docs.blocks import PAGES, ROOT, Block, blocks
from tests.docs.session import Session

_KNOWN = frozenset(
    {"", "console", "csv", "go", "json", "mermaid", "python", "rego", "sh", "text", "yaml"}
)
_LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)(#[^)\s]*)?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_TOOLS = ("gzip", "openssl", "sha256sum")
_SEPARATORS = frozenset({"|", "||", "&&", ";", ">", ">>", "<"})


@pytest.mark.parametrize("page", PAGES)
def test_examples_do_what_they_show(page: str, tmp_path: Path) -> None:
    found = blocks(page)
    used = "\n".join(block.text for block in found if block.run)
    if missing := [name for name in _TOOLS if name in used and shutil.which(name) is None]:
        pytest.skip(f"the examples need {' and '.join(missing)}")
    session = Session(tmp_path)
    for block in found:
        if block.place is not None:
            session.enter(block.place)
        if block.file is not None:
            session.write(block)
        elif block.run:
            session.run(block)


@pytest.mark.parametrize("page", PAGES)
def test_documents_are_well_formed(page: str) -> None:
    for block in blocks(page):
        assert block.language in _KNOWN, block.where
        if block.language == "json":
            json.loads(block.text)
        elif block.language == "yaml":
            yaml.safe_load(block.text)


@pytest.mark.parametrize("page", PAGES)
def test_commands_exist(page: str) -> None:
    """Examples that are not run, too, name commands and options that there are."""
    for block in blocks(page):
        if block.language in {"sh", "console"}:
            for words in _attest_commands(block):
                _require_options(block, words)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target, anchor in _LINK.findall(text):
        path = (ROOT / page).parent / target if target else ROOT / page
        assert path.exists(), f"{page} links to {target}"
        if anchor:
            headings = {_slug(one) for one in _HEADING.findall(path.read_text(encoding="utf-8"))}
            assert anchor[1:] in headings, f"{page} links to {target}{anchor}"


def test_the_guide_is_run() -> None:
    """The pages that promise examples have them."""
    for page in ("docs/guide.md", "docs/engines.md", "README.md"):
        assert any(block.run for block in blocks(page)), page


def _slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _attest_commands(block: Block) -> list[list[str]]:
    prompt = block.language == "console"
    found = []
    for line in block.text.replace("\\\n", " ").splitlines():
        if prompt and not line.startswith("$ "):
            continue
        words = shlex.split(line.removeprefix("$ "), comments=True)
        if words and words[0] == "attest":
            end = next((i for i, word in enumerate(words) if word in _SEPARATORS), len(words))
            found.append(words[1:end])
    return found


def _require_options(block: Block, words: list[str]) -> None:
    context = click.Context(cli)
    command: click.Command = cli
    while isinstance(command, click.Group):
        if not words or words[0].startswith("-"):
            return
        name, *words = words
        inner = command.get_command(context, name)
        assert inner is not None, f"{block.where}: there is no command {name!r}"
        command = inner
    known = {option for one in command.params for option in one.opts}
    for word in words:
        if word.startswith("-") and word not in {"-", "--"}:
            option = word.partition("=")[0]
            assert option in known | {"--help"}, f"{block.where}: no option {option}"
