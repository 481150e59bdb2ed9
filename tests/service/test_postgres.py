"""The same service on PostgreSQL: the desk and the base in one database."""

import threading
import time
from pathlib import Path

import pytest

from entities.store import Store
from service.app import create_app
from service.config import Config, Limits
from service.desk import Desk, now
from service.proof.verifying import faults
from service.work import jobs
from tests.postgres import Server
from tests.service.conftest import Base, add_departments, bearer, write
from tests.service.test_reviews import batch, decide, doubtful, queue
from tests.service.test_submissions import houses, send, settle

pytestmark = pytest.mark.postgres


@pytest.fixture
def base(postgres: Server, tmp_path: Path) -> Base:
    limits = Limits(upload_bytes=200_000)
    config = Config.load(None, {"base": postgres.new_database(), "data": tmp_path, "limits": limits})
    store = Store.open(config.base)
    standing, ended = write(store)
    store.close()
    return Base(config, standing, ended, add_departments(config))


def test_an_upload_goes_all_the_way(base: Base) -> None:
    app = create_app(base.config)
    client = app.test_client()
    sent = send(client, base)
    done = settle(client, base, sent)
    assert (done["state"], done["transaction"], done["counts"]["new"]) == ("done", 4, 2)
    refused = settle(client, base, send(client, base, houses((117.3, 36.3, -3.0))))
    assert refused["state"] == "refused"
    report = client.get(f"{sent.headers['Location']}/report?limit=1", headers=bearer(base, "lixia")).json
    assert len(report["features"]) == 1
    for path in ("/", "/collections", "/search?q=lixia", "/maps", "/changes?bbox=117.2,36.2,117.4,36.4", "/health"):
        assert client.get(path).status_code == 200, path
    assert client.get(f"/codes/{base.standing}?datetime=2024-06-01").json["height"] == 21.0
    layer = client.get("/collections/buildings/items?datetime=2024-01-01/2025-01-01&bbox=117.15,36.5,117.3,36.7").json
    assert [one["id"] for one in layer["features"]] == [base.ended]
    assert client.get("/3dtiles/buildings/tileset.json?datetime=2024-06-01").status_code == 200
    assert list(faults(base.config)) == []
    for name in ("doors", "studio"):
        app.extensions[name].close()


def test_workers_share_the_work_and_nothing_is_done_twice(base: Base) -> None:
    desk = Desk.open(base.config.base)
    for number in range(20):
        jobs.add(desk, f"kind{number}", f"{number}")
    taken: list[str | None] = []

    def work(name: str) -> None:
        mine = Desk.open(base.config.base)
        while job := jobs.claim(mine, name, now()):
            taken.append(job.submission)
            jobs.finish(mine, job)
        mine.close()

    threads = [threading.Thread(target=work, args=(f"worker{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, taken)) == sorted(str(number) for number in range(20))
    desk.close()


def test_progress_is_told_while_a_load_writes(base: Base) -> None:
    desk, store = Desk.open(base.config.base), Store.open(base.config.base)
    jobs.add(desk, "intake", "a")
    job = jobs.claim(desk, "one", now())
    assert job is not None
    with store.transaction("lixia", "long load"):
        began = time.monotonic()
        assert jobs.renew(desk, job, "one", ("read", 5, 10), now())
        jobs.add(desk, "intake", "meanwhile")
        assert time.monotonic() - began < 5
    desk.close()
    store.close()


def test_the_review_desk_decides_and_takes_back(base: Base) -> None:
    app = create_app(base.config)
    client = app.test_client()
    cases = doubtful(client, base, 2)
    assert client.post(f"/reviews/{cases[0]['id']}/hold", headers=bearer(base, "lixia")).json == {"held": None}
    first = decide(client, base, cases[0]["id"], "same")
    assert (first.status_code, first.json["next"]) == (200, cases[1]["id"])
    assert batch(client, base, cases[1:], "reject").status_code == 200
    assert queue(client, base)["total"] == 0
    for _ in cases:
        assert client.post("/reviews/undo", headers=bearer(base, "lixia")).status_code == 200
    assert queue(client, base)["total"] == 2
    for name in ("doors", "studio"):
        app.extensions[name].close()
