"""The token of an API: for its own host, and for nobody else to see."""

from __future__ import annotations

import json

import pytest

from attest.errors import FetchError
from tests.fetch.apis.asking import BUNDLES, DIGEST, JSON, ask, documents
from tests.fetch.server import Handler, Server, serving

PATH = f"/repos/org/app/attestations/{DIGEST}"
SECRET = "github_pat_0123456789"  # noqa: S105  # the test's own


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_TOKEN", SECRET)


def listed(**entry: object) -> bytes:
    return json.dumps({"attestations": [entry]}).encode()


def test_it_is_shown_to_the_api_on_every_page(server: Server) -> None:
    def answer(handler: Handler) -> None:
        link = f'<http://{server.netloc}{PATH}?after=1>; rel="next"'
        more = {} if "after" in handler.path else {"Link": link}
        handler.reply(200, listed(bundle=BUNDLES[0]), JSON, **more)

    server.routes[PATH] = answer
    assert len(ask(server, "github:org/app", token_env="API_TOKEN")) == 2  # noqa: S106  # a name
    assert [sent for _, sent in server.seen] == [f"Bearer {SECRET}"] * 2


def test_without_its_name_in_the_plan_it_stays_where_it_is(server: Server) -> None:
    server.serve(PATH, listed(bundle=BUNDLES[0]), JSON)
    ask(server, "github:org/app")
    assert [sent for _, sent in server.seen] == [None]


def test_storage_and_redirects_never_see_it(server: Server) -> None:
    with serving() as storage:
        storage.serve("/blob", json.dumps(BUNDLES[0]).encode(), JSON)
        moved = f"http://{storage.netloc}/moved"
        storage.serve("/moved", listed(bundle_url=f"http://{storage.netloc}/blob"), JSON)
        server.routes[PATH] = lambda handler: handler.reply(301, Location=moved)
        found = ask(server, "github:org/app", token_env="API_TOKEN")  # noqa: S106  # a name
        assert documents(found) == BUNDLES[:1]
        assert [sent for _, sent in storage.seen] == [None, None]


@pytest.mark.parametrize("value", ["a b", "a\r\nHost: x", "", "ä", "x" * 8193])
def test_a_value_that_no_header_takes(
    server: Server, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("API_TOKEN", value)
    with pytest.raises(FetchError) as refused:
        ask(server, "github:org/app", token_env="API_TOKEN")  # noqa: S106  # a name
    assert refused.value.exit_code in {2, 5}
    assert server.seen == []
    assert not value or value not in str(refused.value)


def test_a_variable_that_is_not_set(server: Server) -> None:
    with pytest.raises(FetchError) as refused:
        ask(server, "github:org/app", token_env="ANOTHER_TOKEN")  # noqa: S106  # a name
    assert (refused.value.code, refused.value.exit_code) == ("ENVIRONMENT_MISSING", 2)


def test_no_error_shows_it(server: Server) -> None:
    server.routes[PATH] = lambda handler: handler.reply(401, SECRET.encode(), JSON)
    with pytest.raises(FetchError) as refused:
        ask(server, "github:org/app", token_env="API_TOKEN")  # noqa: S106  # a name
    assert SECRET not in f"{refused.value} {refused.value.hint} {refused.value.__cause__}"
