"""Webhooks: every change arrives, in order, proved, whatever receiver and deliverer suffer; what cannot is seen."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from entities import feed
from entities.feed import Filter, Mark, Tally
from entities.model import Period, State, Version
from entities.store import Cursor, Store
from service import departments
from service.app import create_app
from service.cli import run
from service.config import Config, Subscriptions
from service.proof import proofs
from service.subscriptions import book, delivering, letters, sending
from service.subscriptions.sending import Address
from service.subscriptions.taking import subscribe
from service.work import worker
from tests.postgres import Server
from tests.service.conftest import BUILDING, FIRST, Base, add_departments, bearer, rule_of, settings, square, write

QUICK = Subscriptions(attempts=4, first_delay=0.02, longest_delay=0.1, timeout=1.0, batch=3, private=True)
PATIENT = replace(QUICK, attempts=1000)


@dataclass
class Subscriber:
    """The receiver's program, which can be killed and started again at the same port."""

    folder: Path
    secret: str = ""
    port: int = field(default_factory=lambda: free_port())
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?a=b"

    def start(self, mood: str = "ok") -> None:
        self.feel(mood)
        command = [sys.executable, "-m", "tests.service.receiver", str(self.port), self.secret, str(self.folder)]
        self.process = subprocess.Popen(command)
        wait_for(self.answers)

    def feel(self, mood: str) -> None:
        (self.folder / "new").write_text(mood, "utf-8")
        (self.folder / "new").rename(self.folder / "mood")

    def met(self, mood: str) -> bool:
        return (self.folder / f"met-{mood}").exists()

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def kept(self) -> list[dict[str, Any]]:
        path = self.folder / "kept"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    @property
    def events(self) -> list[dict[str, Any]]:
        """What arrived, each once, in the order of its first arrival."""
        found: dict[str, dict[str, Any]] = {}
        for message in self.kept:
            for event in message["events"]:
                found.setdefault(event["id"], event)
        return list(found.values())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.02)


@pytest.fixture
def subscriber(tmp_path: Path) -> Iterator[Subscriber]:
    folder = tmp_path / "receiver"
    folder.mkdir()
    found = Subscriber(folder)
    yield found
    found.kill()


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return replace(settings(tmp_path / "data"), subscriptions=QUICK)


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgres)])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Base:
    """A base on each of the databases."""
    overrides = {"data": tmp_path / "either", "subscriptions": PATIENT}
    if request.param == "postgis":
        server: Server = request.getfixturevalue("postgres")
        overrides["base"] = server.new_database()
    config = Config.load(None, overrides)
    with closing(Store.open(config.base)) as store:
        standing, ended = write(store)
    return Base(config, standing, ended, add_departments(config))


def build(base: Base, count: int, place: int = 0) -> None:
    """One more transaction with so many houses."""
    states = [State(BUILDING, square(117.3 + (place + n) / 1000, 36.3), height=9.0) for n in range(count)]
    with closing(base.store()) as store, store.transaction("lixia", "more") as tx:
        tx.put([Version(code, Period(FIRST), one) for code, one in zip(tx.issue(states), states, strict=True)])


def joined(base: Base, subscriber: Subscriber, start: str = "beginning", **words: str) -> None:
    """Subscribe from the beginning."""
    with closing(base.store()) as store, closing(base.desk()) as desk:
        answers = {"name": "city", "url": subscriber.url, "start": start, **words}
        subscriber.secret = subscribe(base.config, store, desk, answers, "lixia").secret


def proof(base: Base, wanted: Filter) -> Tally:
    with closing(base.store()) as store:
        return [*feed.marks(store, wanted, Mark.begin(wanted), feed.END)][-1].tally


def deliver(base: Base) -> None:
    """Look once and wait until it is done."""
    deliverer = delivering.Deliverer(base.config)
    deliverer.look()
    deliverer.close()


def state(base: Base) -> book.Subscription:
    with closing(base.desk()) as desk:
        return book.named(desk, "city")


def deliverer_of(base: Base, folder: Path) -> "subprocess.Popen[bytes]":
    """The deliverer as a process."""
    page = folder / "config.yaml"
    told = {name: getattr(PATIENT, name) for name in PATIENT.__slots__}
    page.write_text(
        json.dumps({"base": base.config.base, "data": str(base.config.data), "subscriptions": told}), "utf-8"
    )
    program = "import sys; from pathlib import Path; from service.config import Config\n"
    program += "from service.subscriptions import delivering; delivering.run(Config.load(Path(sys.argv[1])))"
    return subprocess.Popen([sys.executable, "-c", program, str(page)])


def test_everything_arrives_whatever_both_suffer(either: Base, subscriber: Subscriber, tmp_path: Path) -> None:
    joined(either, subscriber)
    subscriber.start()
    process = deliverer_of(either, tmp_path)
    try:
        wait_for(lambda: subscriber.events)
        for place, mood in enumerate(("fail", "hang", "forget", "trickle")):
            subscriber.feel(mood)
            build(either, 5, place * 10)
            wait_for(lambda mood=mood: subscriber.met(mood))
        subscriber.kill()
        build(either, 5, 50)
        subscriber.start("forget")
        subscriber.feel("forget")
        (subscriber.folder / "met-forget").unlink()
        wait_for(lambda: subscriber.met("forget"))
        os.kill(process.pid, signal.SIGKILL)  # after the receiver has it and before we know
        process.wait()
        build(either, 5, 60)
        with closing(either.desk()) as desk:  # as if its claim had run out
            desk.change("subscription", ("name", "city"), lease=0)
        process = deliverer_of(either, tmp_path)
        subscriber.feel("ok")
        whole = proof(either, Filter())
        wait_for(lambda: state(either).mark.tally == whole)
    finally:
        process.kill()
        process.wait()
    with closing(either.store()) as store:
        wanted = [f"{change.cursor.number}.{change.cursor.ordinal}" for change in store.changes()]
    assert [event["id"] for event in subscriber.events] == wanted
    assert len(wanted) == 8 + 6 * 5
    assert sum(len(message["events"]) for message in subscriber.kept) > len(wanted)  # some came twice
    last = subscriber.events[-1]
    assert (last["feedcount"], last["feedhash"]) == (str(whole.count), whole.hash.hex())


def test_a_subscription_begins_with_the_proof_of_what_lies_before(
    either: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "_WORTH", -1.0)  # keep every checkpoint
    for name in ("one", "two"):  # the second from the checkpoint of the first
        with closing(either.store()) as store, closing(either.desk()) as desk:
            answers = {"name": name, "url": "http://127.0.0.1:9/", "class": "31", "territory": "370102"}
            begun = subscribe(either.config, store, desk, answers).mark
            assert desk.rows("SELECT count FROM checkpoint") == [(4,)]
        assert begun.tally == proof(either, Filter(classes=("31",), territory="370102"))


def test_a_message_is_a_batch_of_cloud_events(base: Base, subscriber: Subscriber) -> None:
    joined(base, subscriber, layer="buildings")
    subscriber.start()
    deliver(base)
    assert [len(message["events"]) for message in subscriber.kept] == [3, 1]
    assert subscriber.kept[0]["type"] == "application/cloudevents-batch+json; charset=utf-8"
    first = subscriber.events[0]
    with closing(base.store()) as store:
        assert first["source"] == f"urn:uuid:{store.base_id}"
        assert subscriber.kept[0]["id"] == f"{store.base_id[:8]}_city_0--1_3-0"
    assert (first["specversion"], first["id"], first["type"]) == ("1.0", "2.0", "shikong.entity.new")
    assert first["subject"] == first["data"]["code"] == base.standing
    assert time.time() - 3600 * 24 * 3650 < datetime.fromisoformat(first["time"]).timestamp() <= time.time()
    wanted = proof(base, Filter(layers=("buildings",)))
    assert (subscriber.events[-1]["feedcount"], subscriber.events[-1]["feedhash"]) == ("4", wanted.hash.hex())


def test_an_address_may_be_in_any_script(base: Base, subscriber: Subscriber) -> None:
    subscriber.start()
    address = Address(f"http://127.0.0.1:{subscriber.port}/接收/变更?部门=历下 区".replace(" ", "%20"))
    assert address.path == "/%E6%8E%A5%E6%94%B6/%E5%8F%98%E6%9B%B4?%E9%83%A8%E9%97%A8=%E5%8E%86%E4%B8%8B%20%E5%8C%BA"
    subscriber.feel("fail")
    assert sending.post(address, {}, b"[]", 5, private=True).status == 500


def test_a_department_that_is_no_more_is_told_nothing(base: Base, subscriber: Subscriber) -> None:
    joined(base, subscriber)
    subscriber.start()
    with closing(base.desk()) as desk:
        departments.remove(desk, "lixia")
    deliver(base)
    assert subscriber.kept == []


def test_what_is_not_wanted_is_passed_over_without_a_word(base: Base, subscriber: Subscriber) -> None:
    joined(base, subscriber, kind="retracted")
    deliver(base)  # nobody listens, and nobody needs to
    assert (state(base).mark.cursor, state(base).attempts) == (Cursor(3, 1), 0)


def test_what_cannot_be_delivered_becomes_a_dead_letter_and_is_replayed(base: Base, subscriber: Subscriber) -> None:
    joined(base, subscriber)
    subscriber.start("fail")
    for tried in range(1, 5):
        wait_for(lambda: state(base).due < time.time_ns() // 1000)
        deliver(base)
        assert state(base).attempts == tried
    found = state(base)
    assert (found.state, found.status, found.mark.cursor) == ("stopped", 500, Cursor())
    with closing(base.desk()) as desk:
        (letter,) = letters.of(desk, "city")
        assert (letter.after, letter.until, letter.changes, letter.attempts) == (Cursor(), Cursor(1, 2), 3, 4)
        subscriber.feel("ok")
        deliver(base)
        assert subscriber.events == []  # it waits for a person
        book.replay(desk, found)
        deliver(base)
        assert letters.of(desk, "city")[0].delivered is not None
    assert len(subscriber.events) == 8
    assert state(base).mark.tally == proof(base, Filter())


@pytest.mark.parametrize("mood", ["hang", "trickle"])
def test_no_receiver_takes_longer_than_it_may(subscriber: Subscriber, mood: str) -> None:
    subscriber.start(mood)
    began = time.monotonic()
    answer = sending.post(Address(subscriber.url), {}, b"[]", 0.5, private=True)
    assert answer.status is None and 0.5 <= time.monotonic() - began < 10


def test_a_receiver_that_is_gone_is_not_tried_again(base: Base, subscriber: Subscriber) -> None:
    joined(base, subscriber)
    subscriber.start("gone")
    deliver(base)
    assert (state(base).state, state(base).attempts, state(base).status) == ("stopped", 1, 410)


def test_a_subscriber_ahead_of_a_restored_base_is_told_of_and_not_left_waiting(base: Base) -> None:
    joined(base, Subscriber(base.config.data))
    with closing(base.desk()) as desk:
        desk.change("subscription", ("name", "city"), number=99)
    deliver(base)
    assert state(base).state == "stopped" and "feed.future" in (state(base).fault or "")


def test_a_replay_from_the_beginning_sends_all_again(base: Base, subscriber: Subscriber) -> None:
    joined(base, subscriber)
    subscriber.start()
    deliver(base)
    with closing(base.desk()) as desk:
        book.replay(desk, state(base), Mark.begin(Filter()))
    deliver(base)
    assert sum(len(message["events"]) for message in subscriber.kept) == 16
    assert len({message["id"] for message in subscriber.kept}) == 3  # the same changes have the same id


def test_who_pauses_while_something_is_sent_has_the_last_word(base: Base) -> None:
    with closing(base.desk()) as desk, closing(base.store()) as store:
        made = subscribe(base.config, store, desk, {"name": "city", "url": "http://127.0.0.1:9/", "start": "beginning"})
        until = time.time_ns() // 1000 + 60_000_000
        claimed = book.claim(desk, made, "one", until)
        assert claimed is not None
        assert book.claim(desk, made, "two", until) is None
        book.pause(desk, made)
        assert book.advance(desk, claimed, "one", Mark(Cursor(3, 1), Tally(8, bytes(32))), 200, until) is None
        assert (state(base).state, state(base).mark.cursor) == ("paused", Cursor())
        assert book.ready(desk, Cursor(3, 1), until) == []
        book.replay(desk, made)
        assert book.advance(desk, claimed, "one", Mark(Cursor(3, 1), Tally(8, bytes(32))), 200, until) is None
        book.postpone(desk, claimed, "one", until, 500, "late")
        assert (state(base).mark.cursor, state(base).attempts) == (Cursor(), 0)


def test_a_desk_of_an_earlier_version_is_given_what_it_lacks(either: Base) -> None:
    with closing(either.desk()) as desk, desk.writing() as database:
        for table in ("subscription", "letter", "checkpoint", "inbox", "heard"):
            database.run(f"DROP TABLE {table}")
    with closing(either.desk()) as desk:
        assert book.listed(desk) == [] and letters.of(desk, "city") == []
        assert desk.rows("SELECT name FROM department ORDER BY name")[0] == ("lixia",)


def test_delays_grow_and_end(base: Base) -> None:
    deliverer = delivering.Deliverer(replace(base.config, subscriptions=Subscriptions()))
    for tried, least, most in ((1, 4, 6), (2, 16, 24), (3, 64, 96), (9, 23_040, 34_560)):
        assert least <= deliverer.delay(tried) <= most
    deliverer.close()


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.cn/", "example.cn", "http://", "http://user:pw@example.cn/", "http://example.cn:0/"),
        *(
            "http://" + "a" * 70 + ".cn/",
            "http://a..cn/",
            "http://[::1",
            "https://example.cn/ x",
            "javascript:alert(1)",
            "http://a\n.cn/",
            "",
        ),
    ],
)
def test_an_address_that_is_none_is_refused(client: FlaskClient, base: Base, url: str) -> None:
    sent = {"name": "city", "url": url}
    answer = client.post("/subscriptions", json=sent, headers=bearer(base, "lixia"))
    assert (answer.status_code, rule_of(answer)) == (422, "subscription.url")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "10.1.2.3", "192.168.0.1", "169.254.169.254", "[::ffff:127.0.0.1]", "0.0.0.0"],
)
def test_our_own_network_is_not_sent_to(base: Base, host: str) -> None:
    with closing(base.desk()) as desk, closing(base.store()) as store:
        config = replace(base.config, subscriptions=Subscriptions())
        with pytest.raises(Exception, match=r"subscription\.private"):
            subscribe(config, store, desk, {"name": "city", "url": f"http://{host}/"})
        answer = sending.post(Address(f"http://{host}:9/"), {}, b"", 1, private=False)
        assert answer.status is None and "private network" in answer.fault


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"name": "City!"}, "subscription.name"),
        ({"start": "yesterday"}, "subscription.start"),
        ({"start": "9.0"}, "feed.future"),
        ({"territory": "990000"}, "feed.territory"),
        ({"kind": "gone"}, "feed.filter"),
        ({"clas": "31"}, "feed.unknown"),
    ],
)
def test_what_means_nothing_is_refused(client: FlaskClient, base: Base, changed: dict[str, str], rule: str) -> None:
    sent = {"name": "city", "url": "http://127.0.0.1:9/", **changed}
    assert rule_of(client.post("/subscriptions", json=sent, headers=bearer(base, "lixia"))) == rule


def test_a_department_sees_and_changes_its_own(client: FlaskClient, base: Base) -> None:
    sent = {"name": "city", "url": "http://127.0.0.1:9/", "start": "beginning", "class": "31"}
    assert client.post("/subscriptions", json=sent).status_code == 401
    mine, theirs = bearer(base, "lixia"), bearer(base, "shizhong")
    made = client.post("/subscriptions", json=sent, headers=mine)
    assert (made.status_code, made.headers["Location"]) == (201, "http://localhost/subscriptions/city")
    assert made.json["secret"].startswith("whsec_")
    assert rule_of(client.post("/subscriptions", json=sent, headers=theirs)) == "subscription.twice"
    listed = client.get("/subscriptions", headers=mine).json["subscriptions"]
    assert [(one["name"], one["filter"], one["proof"]["count"]) for one in listed] == [("city", {"class": "31"}, 0)]
    assert "whsec_" not in client.get("/subscriptions", headers=mine).text
    assert client.get("/subscriptions", headers=theirs).json["subscriptions"] == []
    for method, path in (("get", ""), ("post", "/pause"), ("post", "/replay"), ("post", "/remove"), ("delete", "")):
        answer = getattr(client, method)(f"/subscriptions/city{path}", headers=theirs)
        assert (answer.status_code, rule_of(answer)) == (403, "subscription.other")
    assert client.post("/subscriptions/city/pause", headers=mine).json["state"] == "paused"
    again = client.post("/subscriptions/city/replay", json={"start": "now"}, headers=mine).json
    assert (again["state"], again["proof"]["cursor"], again["proof"]["count"]) == ("active", "3.1", 4)
    assert client.delete("/subscriptions/city", headers=mine).status_code == 204
    assert client.get("/subscriptions/city", headers=mine).status_code == 404


def test_the_commands_do_the_same(base: Base, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "config.yaml"
    page.write_text(f"data: {base.config.data}\nsubscriptions: {{private: true}}\n", "utf-8")

    def told(*words: str) -> dict[str, Any]:
        assert run(["--config", str(page), "subscriptions", *words, "--json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    made = told("add", "city", "http://127.0.0.1:9/", "--layer", "buildings", "--start", "beginning", "--as", "lixia")
    assert made["secret"].startswith("whsec_")
    assert [one["name"] for one in told("list")["subscriptions"]] == ["city"]
    assert told("pause", "city")["state"] == "paused"
    assert told("replay", "city", "--start", "2.1")["proof"]["cursor"] == "2.1"
    assert told("show", "city")["state"] == "active"
    assert told("remove", "city") == {"removed": "city"}
    assert run(["--config", str(page), "subscriptions", "show", "city"]) == 1
    assert run(["--config", str(page), "subscriptions", "add", "city", "nonsense"]) == 1


def test_a_service_delivers_by_itself(base: Base, subscriber: Subscriber) -> None:
    """The worker that `serve` keeps beside it, in a process of its own."""
    joined(base, subscriber)
    subscriber.start()
    with worker.beside(base.config):
        wait_for(lambda: len(subscriber.events) == 8)
        build(base, 4)
        wait_for(lambda: len(subscriber.events) == 12)


def test_the_page_shows_the_secret_once(base: Base) -> None:
    app = create_app(base.config)
    client = app.test_client()
    client.post("/sign-in", data={"token": base.tokens["lixia"]})
    page = client.get("/subscriptions?f=html").text
    word = page.split('name="csrf" value="')[1].split('"')[0]
    sent = {"csrf": word, "name": "city", "url": "http://127.0.0.1:9/", "layer": "buildings", "start": "beginning"}
    made = client.post("/subscriptions?f=html", data=sent)
    assert made.status_code == 201 and "whsec_" in made.text
    assert "whsec_" not in client.get("/subscriptions?f=html").text
    assert client.post("/subscriptions/city/pause?f=html", data={"csrf": word}).headers["Location"] == "/subscriptions"
    assert client.post("/subscriptions/city/remove?f=html", data={"csrf": "other"}).status_code == 403
    assert state(base).state == "paused"
    for name in ("doors", "studio"):
        app.extensions[name].close()
