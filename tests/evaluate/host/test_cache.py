"""The cache: only authentic code is loaded, and a cache that cannot be used is no error."""

from __future__ import annotations

import fcntl
import hashlib
from pathlib import Path

import pytest
import wasmtime

from attest.errors import EngineError
from attest.evaluate.host import cache
from attest.evaluate.host.job import CompiledModule
from attest.evaluate.host.pool import Pool
from attest.evaluate.host.settings import SETTINGS
from tests.evaluate.host import toy


def cached(places: Path) -> Path:
    """Return the one file in the cache."""
    (file,) = (places / "cache/attest/wasm").iterdir()
    return file


def again(monkeypatch: pytest.MonkeyPatch) -> tuple[CompiledModule, list[str]]:
    """Ask for the toy as a new process would; return it and what was said."""
    monkeypatch.setattr(cache, "_opened", {})
    said: list[str] = []
    return toy.compiled(progress=said.append), said


def test_a_module_is_compiled_once(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, first = again(monkeypatch)
    _, second = again(monkeypatch)
    assert first == ["! compiling a toy once for this machine …"]
    assert second == []


def test_code_that_is_there_is_checked_in_the_background(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = toy.compiled()
    monkeypatch.setattr(cache, "_opened", {})
    cache.look(made.digest)
    cache.look(made.digest)
    for thread in cache._looking.values():  # noqa: SLF001  # as `compiled` waits for it
        thread.join()
    assert [one.digest for one in cache._opened.values()] == [made.digest]  # noqa: SLF001
    assert toy.compiled().digest == made.digest
    assert cache._looking == {}  # noqa: SLF001  # nothing is left behind


def test_a_look_at_what_is_not_there_or_is_damaged_changes_nothing(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = toy.compiled()
    cached(places).write_bytes(b"\x7fELF of someone else")
    monkeypatch.setattr(cache, "_opened", {})
    cache.look(made.digest)
    said: list[str] = []
    toy.compiled(progress=said.append)
    assert said == ["! compiling a toy once for this machine …"]


def test_nobody_waits_longer_than_its_own_time_for_another_process(places: Path) -> None:
    toy.compiled()
    (file,) = (places / "cache/attest/wasm").iterdir()
    wasm = b"another program"
    digest = hashlib.sha256(wasm).hexdigest()
    lock = file.parent / f".lock-{cache._key(digest)}"  # noqa: SLF001  # what the other one holds
    with lock.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(EngineError, match="another process") as refused:
            cache.compiled(digest, lambda: wasm, name="it", timeout=0.05)
    assert refused.value.code == "COMPILE_TIMEOUT"


def test_folder_and_files_are_the_user_s_alone(places: Path) -> None:
    toy.compiled()
    for path in (cached(places), places / "state/attest/wasm-cache.key"):
        assert path.stat().st_mode & 0o077 == 0
        assert path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda code: code[:1000] + bytes([code[1000] ^ 1]) + code[1001:],
        lambda code: code[:-1],
        lambda _code: b"",
        lambda _code: b"\x7fELF of someone else",
    ],
    ids=["flipped", "truncated", "empty", "foreign"],
)
def test_damaged_code_is_made_again(
    places: Path, monkeypatch: pytest.MonkeyPatch, damage: object
) -> None:
    toy.compiled()
    file = cached(places)
    code = file.read_bytes()
    file.write_bytes(damage(code))  # type: ignore[operator]  # a lambda from the table above
    made, said = again(monkeypatch)
    assert said
    assert cached(places).stat().st_size > 1000
    with Pool(1) as pool:
        assert pool.run(toy.job(made, b"a"))[0].body == b"a"


def test_code_made_under_another_secret_is_made_again(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.compiled()
    (places / "state/attest/wasm-cache.key").write_bytes(bytes(32))
    assert again(monkeypatch)[1]
    assert again(monkeypatch)[1] == []


def test_code_renamed_to_another_module_is_made_again(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.compiled()
    planted = cached(places)
    toy.compiled(toy.TOY.replace("(i32.const 40)", "(i32.const 50)"))
    other = next(one for one in planted.parent.iterdir() if one != planted)
    key, mac = planted.name.split(".")[0], other.name.split(".")[1]
    planted.unlink()
    other.rename(other.with_name(f"{key}.{mac}"))
    made, said = again(monkeypatch)
    assert said
    with Pool(1) as pool:
        assert pool.run(toy.job(made, toy.COUNT))[0].body == bytes([42])


def test_a_file_that_others_can_write_is_not_believed(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy.compiled()
    cached(places).chmod(0o666)
    assert again(monkeypatch)[1]


def test_a_link_is_not_followed(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toy.compiled()
    file = cached(places)
    target = file.rename(places / "elsewhere")
    file.symlink_to(target)
    assert again(monkeypatch)[1]
    assert not cached(places).is_symlink()


def test_a_loose_folder_is_tightened(places: Path) -> None:
    folder = places / "cache/attest/wasm"
    folder.mkdir(parents=True, mode=0o755)
    toy.compiled()
    assert folder.stat().st_mode & 0o077 == 0


def test_without_a_folder_code_is_kept_for_the_run(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (places / "cache").write_text("a file where the folder should be")
    made, said = again(monkeypatch)
    assert "not kept" in said[0]
    with Pool(1) as pool:
        assert pool.run(toy.job(made, b"a"))[0].body == b"a"


def test_other_settings_are_another_key(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toy.compiled()
    monkeypatch.setitem(SETTINGS, "cranelift_opt_level", "none")
    assert again(monkeypatch)[1]


def test_few_files_are_kept(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_KEEP", 2)
    for value in range(3):
        toy.compiled(f'(module (memory (export "memory") 1) (global i32 (i32.const {value})))')
    assert len(list((places / "cache/attest/wasm").iterdir())) == 2


def test_wasm_of_another_digest_is_refused(places: Path) -> None:
    with pytest.raises(EngineError) as refused:
        cache.compiled("0" * 64, lambda: b"\0asm\1\0\0\0", name="a toy")
    assert refused.value.code == "COMPILE_FAILED"


@pytest.mark.parametrize(
    "wasm", [b"", b"\0asm\1\0\0\0\xff", b"{}", b"(module)", b"\0asm\x0d\0\1\0"]
)
def test_what_is_no_module_is_refused(places: Path, wasm: bytes) -> None:
    digest = hashlib.sha256(wasm).hexdigest()
    with pytest.raises(EngineError) as refused:
        cache.compiled(digest, lambda: wasm, name="a toy")
    assert refused.value.code == "COMPILE_FAILED"
    assert list((places / "cache/attest/wasm").iterdir()) == []


def test_compiling_is_bounded_in_time(places: Path) -> None:
    wasm = nested(20_000)
    with pytest.raises(EngineError) as refused:
        cache.compiled(hashlib.sha256(wasm).hexdigest(), lambda: wasm, name="a bomb", timeout=0.5)
    assert refused.value.code == "COMPILE_TIMEOUT"


def test_compiling_is_bounded_in_memory(places: Path) -> None:
    wasm = nested(20_000)
    with pytest.raises(EngineError) as refused:
        cache.compiled(
            hashlib.sha256(wasm).hexdigest(), lambda: wasm, name="a bomb", memory=96 << 20
        )
    assert refused.value.code == "COMPILE_MEMORY"


def nested(depth: int) -> bytes:
    """Return a module with one function of ``depth`` nested conditions: slow to compile."""
    body = "local.get 0 if " * depth + "end " * depth
    return bytes(wasmtime.wat2wasm(f"(module (func (param i32) {body}))"))
