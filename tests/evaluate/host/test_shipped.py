"""Code that came with the package is used as it is, or not at all."""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import wasmtime

from attest.evaluate.host import cache, launch, shipped
from attest.evaluate.host.job import CompiledModule
from attest.evaluate.host.pool import Pool
from attest.evaluate.host.settings import SETTINGS
from tests.evaluate.host import toy

_ROOT = Path(__file__).parents[3]


def load_hook() -> ModuleType:
    """Import the build hook."""
    spec = importlib.util.spec_from_file_location("native_code", _ROOT / ".ci/native_code.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The build hook, which here ships the toy alone."""
    module = load_hook()
    monkeypatch.setattr(module, "_modules", lambda: [("toy", wasmtime.wat2wasm(toy.TOY))])
    return module


@pytest.fixture
def native(places: Path, hook: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder that a wheel would have, made as a wheel's is."""
    folder = tmp_path / "native"
    folder.mkdir()
    assert sorted(path.name for path in hook.make(folder)) == [shipped.INDEX, "toy.cwasm"]
    monkeypatch.setattr(shipped, "folder", lambda: folder)
    return folder


@pytest.fixture(autouse=True)
def forget() -> None:
    """Read the index anew."""
    shipped._modules.cache_clear()  # noqa: SLF001  # as a new process would


def ask() -> tuple[CompiledModule, list[str]]:
    """Ask for the toy; return it and what was said."""
    said: list[str] = []
    return toy.compiled(progress=said.append), said


def test_nothing_is_compiled_and_nothing_is_written(native: Path, tmp_path: Path) -> None:
    made, said = ask()
    assert said == []
    assert not (tmp_path / "cache").exists()
    assert not (tmp_path / "state").exists()
    with Pool(1) as pool:
        assert pool.run(toy.job(made, b"a"))[0].body == b"a"


def test_it_answers_with_the_fuel_of_code_for_this_processor(
    native: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped_code, _ = ask()
    (native / shipped.INDEX).unlink()
    shipped._modules.cache_clear()  # noqa: SLF001  # as a new process would
    monkeypatch.setattr(cache, "_opened", {})
    own_code, said = ask()
    assert said
    with Pool(1) as one, Pool(1) as other:
        first, second = (
            pool.run(toy.job(code, b"abc"))[0]
            for pool, code in ((one, shipped_code), (other, own_code))
        )
    assert (first.body, first.fuel) == (second.body, second.fuel)


@pytest.mark.parametrize(
    "damage",
    [
        lambda code: code[:1000] + bytes([code[1000] ^ 1]) + code[1001:],
        lambda code: code[:-1],
        lambda code: code[:4096] + bytes(4096) + code[8192:],
        lambda _code: b"",
    ],
    ids=["flipped", "truncated", "a page of zeros", "empty"],
)
def test_damaged_code_is_compiled_again(native: Path, damage: Callable[[bytes], bytes]) -> None:
    file = native / "toy.cwasm"
    file.write_bytes(damage(file.read_bytes()))
    made, said = ask()
    assert said == ["! compiling a toy once for this machine …"]
    with Pool(1) as pool:
        assert pool.run(toy.job(made, b"a"))[0].body == b"a"


def test_code_that_is_gone_is_compiled_again(native: Path) -> None:
    (native / "toy.cwasm").unlink()
    assert ask()[1]


@pytest.mark.parametrize(
    "change",
    [
        lambda index: index["conditions"].update(wasmtime="1.0.0"),
        lambda index: index["conditions"].update(system="Plan9"),
        lambda index: index["conditions"].update(machine="sparc"),
        lambda index: index["conditions"]["settings"].update(consume_fuel=False),
        lambda index: index["conditions"].pop("settings"),
        lambda index: index.pop("conditions"),
        lambda index: index.update(modules=[]),
        lambda index: index.update(modules={key: [] for key in index["modules"]}),
        lambda index: index.update(modules={key: {} for key in index["modules"]}),
        lambda index: index.update(modules={"0" * 64: index["modules"].popitem()[1]}),
    ],
)
def test_what_was_made_under_other_conditions_is_not_used(
    native: Path, change: Callable[[Any], Any]
) -> None:
    index = json.loads((native / shipped.INDEX).read_bytes())
    change(index)
    (native / shipped.INDEX).write_text(json.dumps(index))
    assert ask()[1]


@pytest.mark.parametrize("text", ["", "[]", "null", "{"])
def test_an_index_that_cannot_be_read_lists_nothing(native: Path, text: str) -> None:
    (native / shipped.INDEX).write_text(text)
    assert ask()[1]


def test_other_settings_of_this_process_are_other_conditions(
    native: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SETTINGS, "cranelift_opt_level", "none")
    assert ask()[1]


def test_a_checkout_takes_what_an_installed_wheel_has(
    places: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(launch, "libraries", lambda: str(tmp_path))
    assert shipped.folder() == tmp_path / "attest" / "data" / "native"


def test_a_platform_without_a_triple_gets_a_pure_wheel(
    hook: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here = os.uname_result(("Linux", "here", "6.1", "#1", "sparc"))
    monkeypatch.setattr(os, "uname", lambda: here)
    with pytest.raises(OSError, match="no triple is known for"):
        hook.make(tmp_path)


@pytest.fixture
def build(hook: ModuleType, tmp_path: Path) -> tuple[Any, dict[str, Any], list[str]]:
    """The hook as hatch builds it, what it may change about the wheel, and what it warned of."""
    warned: list[str] = []
    app = SimpleNamespace(display_warning=warned.append)
    made = hook.NativeCode(str(_ROOT), {}, None, None, str(tmp_path), "wheel", app)
    return made, {"pure_python": True, "tag": None, "force_include": {}}, warned


def test_the_hook_puts_code_and_index_into_the_wheel(
    places: Path, build: tuple[Any, dict[str, Any], list[str]]
) -> None:
    made, data, warned = build
    made.initialize("standard", data)
    assert (data["pure_python"], warned) == (False, [])
    assert data["tag"] != "py3-none-any"
    inside = {f"attest/data/native/{name}" for name in ("index.json", "toy.cwasm")}
    assert set(data["force_include"].values()) == inside
    assert all(Path(path).is_file() for path in data["force_include"])
    made.finalize("standard", data, "")
    assert not any(Path(path).exists() for path in data["force_include"])


def test_what_cannot_be_compiled_makes_a_pure_wheel_and_a_warning(
    places: Path,
    hook: ModuleType,
    build: tuple[Any, dict[str, Any], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, data, warned = build
    monkeypatch.setattr(hook, "_modules", lambda: [("toy", b"no module")])
    made.initialize("standard", data)
    assert data == {"pure_python": True, "tag": None, "force_include": {}}
    assert len(warned) == 1
    assert "COMPILE_FAILED" in warned[0]


def test_an_editable_install_compiles_nothing(
    build: tuple[Any, dict[str, Any], list[str]],
) -> None:
    made, data, warned = build
    made.initialize("editable", data)
    made.finalize("editable", data, "")
    assert (data["force_include"], warned) == ({}, [])


def test_the_wheel_is_tagged_for_the_platform_of_wasmtime(hook: ModuleType) -> None:
    tag = hook.tag()
    assert tag.startswith("py3-none-")
    assert tag != "py3-none-any"


def test_a_wheel_brings_what_a_gate_loads() -> None:
    names = {name for name, _ in load_hook()._modules()}  # noqa: SLF001  # the list itself
    assert names == {"rego", "extism-kernel", "demo-policy"}
