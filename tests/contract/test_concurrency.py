"""Many at once: counties that send the same border buildings, and editors of one entity. On both databases."""

import http.client
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import shapely
from waitress.server import create_server

from entities.errors import Busy
from entities.model import Period, State, Version
from entities.store import Store
from entities.store.reviews import cases
from service import departments
from service.app import create_app
from service.config import Config
from service.departments import Department
from service.desk import Desk
from tests.contract.bordering import EAST, JUNE, MAY, WEST, house, say_divisions, send
from tests.contract.processes import FORKED
from tests.contract.test_together import url_of

UPLOADS = 50
ON_THE_BORDER = [house(-4, 8, north=20 * place) for place in range(10)]  # within the tolerance of either side
ACROSS = [house(-20, 60, north=300 + 20 * place) for place in range(2)]  # one third in the west


def own_house(number: int, **properties: Any) -> dict[str, Any]:
    """The house that only one upload speaks of, on its county's side."""
    side = -1 if number % 2 else 1
    return house(side * (100 + 20 * number), **properties)


def county(number: int) -> str:
    return WEST if number % 2 else EAST


def upload_all(url: str, folder: str, numbers: Sequence[int]) -> None:
    """What one county does: five people who each send their files one after another."""

    def upload(place: int) -> None:
        with closing(Store.open(url)) as store:
            for number in numbers[place::5]:
                own = Path(folder) / str(number)
                own.mkdir()
                changed = own_house(number, height=10.0 + number)
                report = send(store, own, county(number), *ON_THE_BORDER, *ACROSS, changed, day=JUNE)
                assert report.accepted, report.findings

    with ThreadPoolExecutor(5) as people:
        list(people.map(upload, range(5)))


def test_fifty_uploads_of_the_same_border_make_one_entity_of_each_thing(store: Store, tmp_path: Path) -> None:
    say_divisions(store)
    send(store, tmp_path, "", *(own_house(number) for number in range(UPLOADS)), day=MAY)
    sides = [range(side, UPLOADS, 2) for side in (0, 1)]
    counties = [FORKED.Process(target=upload_all, args=(url_of(store), str(tmp_path), numbers)) for numbers in sides]
    for one in counties:
        one.start()
    for one in counties:
        one.join(120)
        assert one.exitcode == 0
    standing = list(store.view(valid_at=JUNE).versions("buildings"))
    assert len(standing) == len(ON_THE_BORDER) + len(ACROSS) + UPLOADS
    assert store.database.query("SELECT COUNT(*) FROM entity")[0][0] == len(standing) + 6, "and six divisions"
    heights = Counter(version.state.height for version in standing)
    assert heights == Counter([9.0] * len(ON_THE_BORDER + ACROSS) + [10.0 + number for number in range(UPLOADS)])
    records = store.transactions()
    assert [record.number for record in records] == list(range(1, 2 + UPLOADS + 1)), "each said its own, one at a time"
    assert sorted(record.actor for record in records[2:]) == sorted(county(number) for number in range(UPLOADS))
    asked = cases(store.database, "1 = 1", [])
    assert [(case.band, case.state) for case in asked] == [("joint", "decided")] * len(ACROSS), (
        "both sides have sent it"
    )


Answer = tuple[int, http.client.HTTPMessage, Any]


@dataclass(frozen=True)
class Served:
    """A running service, and who asks it."""

    port: int
    token: str

    def ask(self, method: str, path: str, sent: object = None, **headers: str) -> Answer:
        """Status, headers and JSON of one answer, on a connection of its own."""
        said = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/geo+json", **headers}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            body = json.dumps(sent) if sent is not None else None
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in said.items()})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, answer.headers, json.loads(text) if text else None

    def at_once(self, count: int, request: Callable[[int], Answer]) -> list[Any]:
        """What several clients are answered who ask at the same time."""
        start = threading.Barrier(count)

        def one(place: int) -> Any:
            start.wait()
            return request(place)

        with ThreadPoolExecutor(count) as clients:
            return list(clients.map(one, range(count)))


@contextmanager
def serving(config: Config) -> Iterator[int]:
    """A server of the base on a port of its own; ended by its own thread, once nobody is being answered."""
    app = create_app(config)
    server = create_server(app, host="127.0.0.1", port=0, threads=10)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(server.close)
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def served(store: Store, tmp_path: Path) -> Iterator[Served]:
    config = Config.load(None, {"base": url_of(store), "data": tmp_path / "data"})
    with closing(Desk.open(config.base)) as desk:
        token = departments.add(desk, Department("city", "市局", "370100", everywhere=True))
    with serving(config) as port:
        yield Served(port, token)


def feature(height: float, east: float = 0) -> dict[str, Any]:
    made = house(east)
    return {**made, "properties": {"class": made["properties"]["class_code"], "name": "楼", "height": height}}


def test_of_ten_editors_at_once_one_wins_and_none_is_lost(served: Served, store: Store) -> None:
    status, headers, made = served.ask("POST", "/collections/buildings/items?valid-from=2026-01-01", feature(9.0))
    assert status == 201
    path = f"/collections/buildings/items/{made['id']}"
    heights = [9.0]
    for turn in range(5):
        _, headers, _ = served.ask("GET", path)
        tag = headers["ETag"]
        answers = served.at_once(
            10,
            lambda place, turn=turn, tag=tag: served.ask("PUT", path, feature(10.0 * turn + place + 20), If_Match=tag),
        )
        assert Counter(status for status, _, _ in answers) == {200: 1, 412: 9}
        [won] = [body for status, _, body in answers if status == 200]
        assert {body["rule"] for status, _, body in answers if status == 412} == {"request.stale"}
        heights.append(won["properties"]["height"])
        assert served.ask("GET", path)[2]["properties"]["height"] == heights[-1]
    assert [one.state.height for one in store.history(made["id"]) if one.surveyed == one.known_from] == heights
    assert [record.number for record in store.transactions()] == list(range(1, 7))


def test_ten_who_make_the_same_thing_at_once_make_one(served: Served, store: Store) -> None:
    answers = served.at_once(10, lambda place: served.ask("POST", "/collections/buildings/items", feature(9.0)))
    assert Counter(status for status, _, _ in answers) == {201: 1, 200: 9}
    assert len({body["id"] for _, _, body in answers}) == 1
    assert store.view().count("buildings") == 1


def test_who_waits_too_long_for_others_is_told_so(store: Store) -> None:
    with closing(Store.open(url_of(store))) as other, other.transaction("county", "a long load") as transaction:
        state = State("310301", shapely.box(117.0, 36.5, 117.0001, 36.5001), height=9.0)
        transaction.put([Version(transaction.issue([state])[0], Period(MAY), state)])
        with pytest.raises(Busy) as refused, store.transaction("editor", "in a hurry", patience=0.2):
            pytest.fail("two write at once")
        assert refused.value.rule == "base.busy"
        assert store.view(valid_at=MAY).count() == 0
    with store.transaction("editor", "again", patience=5) as transaction:
        transaction.put([Version(transaction.issue([state])[0], Period(MAY), state)])
    assert store.view(valid_at=MAY).count() == 2
