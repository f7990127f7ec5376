"""Files from a TUF repository: what is believed of it, and what of its tricks is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # no __all__

from attest.errors import FetchError
from attest.fetch.limits import FetchLimits
from attest.fetch.tuf import MAX_TARGET, Repository, download
from tests.cli.command import snapshot
from tests.fetch.helpers import FAST
from tests.fetch.server import Handler, Server
from tests.fetch.tuf_repository import PAST, TufRepository

TARGET = "trusted_root.json"
FIRST, SECOND = b"the first trust root", b"the second trust root"


@pytest.fixture
def tuf(server: Server) -> TufRepository:
    """A repository that serves the first trust root."""
    repository = TufRepository(server)
    repository.publish({TARGET: FIRST})
    return repository


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where the client keeps metadata: not there yet."""
    return tmp_path / "kept" / "tuf"


def get(tuf: TufRepository, state: Path, limits: FetchLimits = FAST) -> bytes:
    """Ask for the trust root."""
    return download(Repository(tuf.url, tuf.initial), TARGET, str(state), limits)


def refused(tuf: TufRepository, state: Path, code: str, exit_code: int) -> str:
    """Return what the refusal says."""
    with pytest.raises(FetchError) as refusal:
        get(tuf, state)
    assert (refusal.value.code, refusal.value.exit_code) == (code, exit_code)
    assert refusal.value.where
    return refusal.value.message


def test_a_file(tuf: TufRepository, state: Path) -> None:
    assert get(tuf, state) == FIRST
    assert get(tuf, state) == FIRST
    tuf.publish({TARGET: SECOND})
    assert get(tuf, state) == SECOND


def test_without_limits_of_its_own(tuf: TufRepository, state: Path) -> None:
    assert download(Repository(tuf.url + "/", tuf.initial), TARGET, str(state)) == FIRST


def test_nothing_is_written_outside_the_state(
    tuf: TufRepository, home: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No cache of the user is used or made: that of other clients least of all."""
    for variable in ("XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(home / "user"))
    get(tuf, state)
    found = {Path(path).parts[0] for path in snapshot(home)}
    assert found == {"kept"}
    assert TARGET not in {path.name for path in state.rglob("*")}


def test_a_root_that_is_replaced_is_followed(tuf: TufRepository, state: Path) -> None:
    tuf.rotate()
    tuf.rotate()
    assert get(tuf, state) == FIRST
    assert get(tuf, state) == FIRST
    assert sorted(path.name for path in (state / "root_history").iterdir()) == [
        "1.root.json",
        "2.root.json",
        "3.root.json",
    ]


def test_a_root_that_the_old_keys_did_not_sign(tuf: TufRepository, state: Path) -> None:
    stranger = CryptoSigner.generate_ed25519()
    tuf.signers["root"] = stranger
    tuf.root.version = 2
    tuf.publish_root(stranger)
    assert "Unsigned" in refused(tuf, state, "TUF_REFUSED", 4)


def test_a_root_that_skips_a_version(tuf: TufRepository, state: Path) -> None:
    tuf.root.version = 3
    content = tuf.publish_root(tuf.signers["root"])
    tuf.serve("2.root", content)
    refused(tuf, state, "TUF_REFUSED", 4)


def test_rollback(tuf: TufRepository, state: Path, tmp_path: Path) -> None:
    """What was shown before, with good signatures that have not expired."""
    tuf.publish({TARGET: SECOND})
    assert get(tuf, state) == SECOND
    tuf.publish({TARGET: FIRST}, version=1)
    assert "BadVersion" in refused(tuf, state, "TUF_REFUSED", 4)
    # A client that never saw the newer version cannot know: the state is what protects.
    assert get(tuf, tmp_path / "fresh") == FIRST


def test_freeze(tuf: TufRepository, state: Path) -> None:
    """The newest metadata is held back for so long that what is shown has expired."""
    assert get(tuf, state) == FIRST
    tuf.publish({TARGET: SECOND}, expires=PAST)
    assert "expired" in refused(tuf, state, "TUF_EXPIRED", 5)


def test_a_root_that_has_expired(tuf: TufRepository, state: Path) -> None:
    tuf.root.expires = PAST
    tuf.rotate()
    assert "expired" in refused(tuf, state, "TUF_EXPIRED", 5)


@pytest.mark.parametrize("role", ["snapshot", "targets"])
def test_metadata_by_a_stranger(tuf: TufRepository, state: Path, role: str) -> None:
    tuf.signers[role] = CryptoSigner.generate_ed25519()
    tuf.publish({TARGET: SECOND})
    assert "Unsigned" in refused(tuf, state, "TUF_REFUSED", 4)


def test_a_timestamp_by_a_stranger(tuf: TufRepository, state: Path) -> None:
    tuf.publish({TARGET: SECOND}, timestamp_by=CryptoSigner.generate_ed25519())
    assert "Unsigned" in refused(tuf, state, "TUF_REFUSED", 4)


def test_metadata_that_is_none(tuf: TufRepository, state: Path) -> None:
    for content in (b"", b"{}", b"[" * 10_000, b"\xff"):
        tuf.serve("timestamp", content)
        refused(tuf, state, "TUF_REFUSED", 4)


def test_metadata_without_end(tuf: TufRepository, state: Path) -> None:
    tuf.serve("timestamp", b" " * 20_000)
    assert "LengthMismatch" in refused(tuf, state, "TUF_REFUSED", 4)
    tuf.serve("timestamp", b" " * (9 << 20))
    refused(tuf, state, "REGISTRY_FAILED", 5)


@pytest.mark.parametrize("content", [SECOND, FIRST + b".", FIRST[:-1], b""])
def test_other_bytes(tuf: TufRepository, server: Server, state: Path, content: bytes) -> None:
    for path in [path for path in server.routes if "/targets/" in path]:
        server.serve(path, content)
    refused(tuf, state, "TUF_REFUSED", 4)


def test_a_file_that_is_not_there(tuf: TufRepository, server: Server, state: Path) -> None:
    for path in [path for path in server.routes if "/targets/" in path]:
        del server.routes[path]
    assert "404" in refused(tuf, state, "NOT_FOUND", 5)
    tuf.publish({"other.json": FIRST})
    assert TARGET in refused(tuf, state, "NOT_FOUND", 5)


def test_a_file_that_is_too_large(tuf: TufRepository, server: Server, state: Path) -> None:
    tuf.publish({TARGET: bytes(MAX_TARGET)})
    assert get(tuf, state) == bytes(MAX_TARGET)
    tuf.publish({TARGET: bytes(MAX_TARGET + 1)})
    server.seen.clear()
    refused(tuf, state, "FILE_TOO_LARGE", 4)
    assert not any("/targets/" in path for path, _ in server.seen)


@pytest.mark.parametrize(
    ("status", "code"), [(404, "NOT_FOUND"), (403, "REGISTRY_DENIED"), (500, "REGISTRY_FAILED")]
)
def test_a_server_that_fails(
    tuf: TufRepository, server: Server, state: Path, status: int, code: str
) -> None:
    server.routes["/tuf/timestamp.json"] = lambda handler: handler.reply(status)
    refused(tuf, state, code, 5)


def test_no_server(tuf: TufRepository, state: Path) -> None:
    repository = Repository("http://127.0.0.1:1/tuf", tuf.initial)
    with pytest.raises(FetchError) as refusal:
        download(repository, TARGET, str(state), replace_attempts())
    assert refusal.value.code == "REGISTRY_UNREACHABLE"


def replace_attempts() -> FetchLimits:
    """Return limits with a single attempt."""
    return FAST._replace(attempts=1)


def test_a_place_where_no_request_goes(tuf: TufRepository, state: Path) -> None:
    repository = Repository("http://tuf.example.org", tuf.initial)
    with pytest.raises(FetchError) as refusal:
        download(repository, TARGET, str(state), FAST)
    assert refusal.value.code == "REFERENCE_MALFORMED"


@pytest.mark.parametrize("initial", [b"", b"{}", b"not json"])
def test_root_metadata_that_is_none(tuf: TufRepository, state: Path, initial: bytes) -> None:
    with pytest.raises(FetchError) as refusal:
        download(replace(Repository(tuf.url, tuf.initial), root=initial), TARGET, str(state), FAST)
    assert (refusal.value.code, refusal.value.exit_code) == ("TUF_ROOT_INVALID", 2)


def test_a_state_that_cannot_be_written(tuf: TufRepository, state: Path) -> None:
    state.parent.mkdir()
    state.write_bytes(b"")
    assert "exists" in refused(tuf, state, "TUF_STATE", 5)


def test_a_state_that_was_tampered_with_proves_nothing(
    tuf: TufRepository, server: Server, state: Path
) -> None:
    """What lies there is believed as little as what comes over the network."""
    stranger = TufRepository(server, "/stranger")
    stranger.publish({TARGET: SECOND}, version=9)
    download(Repository(stranger.url, stranger.initial), TARGET, str(state), FAST)
    stranger.rotate()
    (state / "root_history" / "2.root.json").write_bytes(stranger.rotate())
    assert get(tuf, state) == FIRST


def test_a_server_that_drips(tuf: TufRepository, server: Server, state: Path) -> None:
    """The limits given hold for the whole of it, whatever the server does."""

    def drip(handler: Handler) -> None:
        handler.start(200, Content_Length="10000")
        handler.drip(b" " * 10_000)

    server.routes["/tuf/timestamp.json"] = drip
    with pytest.raises(FetchError) as refusal:
        get(tuf, state, FAST._replace(deadline=0.4, attempts=1))
    assert refusal.value.code == "FETCH_TIMEOUT"
    assert not server.finished.is_set()
