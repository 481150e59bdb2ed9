"""Following a running service over HTTP: in one process first, then in processes that are killed."""

import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from entities.errors import Refusal
from entities.model import Period, State, Version
from entities.replication.digest import digests
from entities.replication.position import positions
from entities.store import Store
from service.app import create_app
from service.cli import run
from service.config import Config, Followed, Replication
from service.desk import Desk
from service.following import running
from service.following.catching import Caught, catch_up
from service.following.source import Source
from tests.service.conftest import SECOND, Base, bearer, rule_of, settings, square


def quiet(step: str, done: int, total: int | None) -> None:
    """Nobody watches."""


@contextmanager
def served(config: Config, port: int = 0) -> Iterator[str]:
    """A base served on a port, a free one if none is named."""
    app = create_app(config)
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
        app.extensions["studio"].close()


@pytest.fixture
def url(base: Base) -> Iterator[str]:
    with served(base.config) as address:
        yield address


@pytest.fixture
def own(tmp_path: Path) -> Config:
    """The settings of the base that is to follow."""
    return settings(tmp_path / "own")


def both(one: Config, other: Config) -> bool:
    """Whether two bases hold the same history."""
    found = []
    for config in (one, other):
        with closing(Store.open(config.base)) as store:
            found.append(digests(store.database))
    return found[0] == found[1]


def test_a_base_is_kept_from_a_service(base: Base, url: str, own: Config) -> None:
    source = Source(url, base.tokens["lixia"])
    caught = catch_up(own, source, quiet)
    assert (caught.number, caught.fresh, caught.known, caught.clashes) == (3, 3, 0, 0)
    assert both(base.config, own)
    with closing(base.store()) as store:
        assert source.digests() == {
            **{"base": store.base_id, "layout": 2, "transaction": 3, "chain": store.transactions()[-1].chain},
            **{"history": digests(store.database).history, "present": digests(store.database).present},
        }
        with closing(Store.open(own.base)) as kept:
            assert [one.source for one in positions(kept.database)] == [store.base_id]
    assert catch_up(own, source, quiet) == Caught(caught.base, 3, 3)
    assert caught.bytes > 0


def test_tiles_and_sheets_are_made_once_for_all_that_came(base: Base, url: str, own: Config) -> None:
    for day in (1, 2):
        with closing(base.store()) as store, store.transaction("lixia", "more") as tx:
            [code] = tx.issue([State("310301", square(117.3, 36.5))])
            tx.put([Version(code, Period(SECOND + day), State("310301", square(117.3, 36.5)))])
        catch_up(own, Source(url, base.tokens["lixia"]), quiet)
    with closing(Desk.open(own.base)) as desk:
        assert desk.rows("SELECT kind, state FROM job ORDER BY id") == [("tiles", "waiting"), ("maps", "waiting")]


def test_news_is_answered_while_it_is_waited_for(base: Base, url: str, own: Config) -> None:
    source = Source(url, base.tokens["lixia"])
    catch_up(own, source, quiet)
    caught: list[Caught] = []
    waiter = threading.Thread(target=lambda: caught.append(catch_up(own, source, quiet, wait=30)))
    waiter.start()
    with closing(base.store()) as store, store.transaction("lixia", "news") as tx:
        tx.end({base.standing: SECOND + 9})
    waiter.join(10)
    assert [one.number for one in caught] == [4]


def test_only_departments_may_follow_unless_the_settings_say_so(base: Base, url: str, own: Config) -> None:
    for token in ("", "wrong"):
        with pytest.raises(Refusal, match=r"follow\.token"):
            catch_up(own, Source(url, token), quiet)
    opened = Config.load(None, {"data": base.config.data, "replication": Replication(open=True)})
    with served(opened) as address:
        assert catch_up(own, Source(address), quiet).fresh == 3


@dataclass(frozen=True)
class Answer:
    """What a server that is none of ours answers to everything."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    def reply(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(answer.status)
        for name, value in answer.headers:
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(answer.body)

    kind = type("Handler", (BaseHTTPRequestHandler,), {"do_GET": reply, "log_message": lambda *words: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


GZIP = (("Content-Encoding", "gzip"),)
STRANGERS = {
    "a web page": (Answer(200, b"<!doctype html>\n<p>hello"), "follow.stranger"),
    "nothing": (Answer(200, b""), "follow.stranger"),
    "no such address": (Answer(404, b"<p>404"), "follow.stranger"),
    "a detour": (Answer(302, b"", (("Location", "http://127.0.0.1:1/"),)), "follow.stranger"),
    "refused": (Answer(403, b"{}"), "follow.token"),
    "broken": (Answer(500, b"oops"), "follow.down"),
    "busy": (Answer(429, b""), "follow.down"),
    "less than it promised": (Answer(200, b'{"replication":1', (("Content-Length", "999"),)), "follow.cut"),
    "half a gzip": (Answer(200, zlib.compress(b"{" * 9999, wbits=31)[:20], GZIP), "follow.cut"),
    "no gzip at all": (Answer(200, b"plain", GZIP), "follow.cut"),
}


@pytest.mark.parametrize("kind", STRANGERS)
def test_a_server_that_is_none_of_ours_is_refused(own: Config, kind: str) -> None:
    answer, rule = STRANGERS[kind]
    with answering(answer) as address, pytest.raises(Refusal) as caught:
        catch_up(own, Source(address, "secret"), quiet)
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1", "nonsense", "ftp://127.0.0.1/", "http://[", "http://nowhere.invalid"]
)
def test_a_source_that_does_not_answer_is_refused(own: Config, address: str) -> None:
    with pytest.raises(Refusal, match=r"follow\.down"):
        catch_up(own, Source(address), quiet)


def test_another_base_at_a_known_address_is_refused(base: Base, url: str, own: Config, tmp_path: Path) -> None:
    catch_up(own, Source(url, base.tokens["lixia"]), quiet)
    with closing(base.store()) as store:
        store.database.run("UPDATE setting SET value = 'another' WHERE name = 'base'")
        store.database.commit()
    with pytest.raises(Refusal, match=r"follow\.source"):
        catch_up(own, Source(url, base.tokens["lixia"]), quiet)


def test_a_source_restored_from_a_backup_is_refused(base: Base, url: str, own: Config) -> None:
    catch_up(own, Source(url, base.tokens["lixia"]), quiet)
    with closing(base.store()) as store:
        store.database.run("DELETE FROM journal WHERE number = 3")
        store.database.commit()
    with pytest.raises(Refusal, match=r"follow\.source"):
        catch_up(own, Source(url, base.tokens["lixia"]), quiet)


@pytest.mark.parametrize(
    ("query", "status", "rule"),
    [
        ("after=4", 409, "follow.future"),
        ("after=-1", 400, "param.value"),
        ("after=x", 400, "param.value"),
        ("limit=x", 400, "param.value"),
        ("wait=x", 400, "param.value"),
    ],
)
def test_what_cannot_be_asked_is_refused(base: Base, client: FlaskClient, query: str, status: int, rule: str) -> None:
    answer = client.get(f"/replication?{query}", headers=bearer(base, "lixia"))
    assert (answer.status_code, rule_of(answer)) == (status, rule)
    for path in ("/replication", "/replication/digest", "/replication/clashes"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers=bearer(base, "lixia")).status_code == 200


def test_what_is_to_be_done_once_follows_the_sources_of_the_settings(base: Base, url: str, own: Config) -> None:
    token, gone = own.data.parent / "city.token", Followed("http://127.0.0.1:1/")
    token.write_text(base.tokens["lixia"] + "\n")
    running.run(replace(own, follow=(gone, Followed(url, token))), once=True)
    assert both(base.config, own)


def test_a_source_that_comes_back_is_followed_on(base: Base, own: Config) -> None:
    """It is down at first, then it answers; what needs a person ends it."""
    opened = Config.load(None, {"data": base.config.data, "replication": Replication(open=True)})
    over, told = threading.Event(), []
    with served(opened) as address:
        source = Source(address)

    def keep(caught: Caught) -> None:
        told.append(caught)
        over.set()

    keeper = threading.Thread(target=running.keep_up, args=(own, source, quiet, keep, 1.0, over))
    keeper.start()
    with served(opened, int(address.rpartition(":")[2])):
        keeper.join(60)
    assert [one.fresh for one in told] == [3]
    with served(base.config) as closed, pytest.raises(Refusal, match=r"follow\.token"):
        running.keep_up(own, Source(closed), quiet, keep, 1.0, threading.Event())


def test_failures_are_answered_with_patience() -> None:
    assert all(0.5 <= running.pause(1) <= 1.0 for _ in range(99))
    assert all(30 <= running.pause(40) <= 60 for _ in range(99))


def test_the_command_follows_once_and_proves_it(
    base: Base, url: str, own: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    data = ["--data", str(own.data), "--lang", "en"]
    assert run([*data, "follow", url, "--once", "--token", base.tokens["lixia"], "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["written"], told["number"], told["last"], told["met"]) == (3, 3, 3, [])
    assert run([*data, "follow", url, "--once", "--token", base.tokens["lixia"]]) == 0
    assert "0 transactions written, 0 known; at 3 of 3." in capsys.readouterr().out
    printed = []
    for folder in (own.data, base.config.data):
        assert run(["--data", str(folder), "verify", "--digest"]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1]
    assert run([*data, "verify"]) == 0
    assert run([*data, "follow", url, "--once", "--token", "wrong"]) == 1
    assert "[follow.token]" in capsys.readouterr().err
