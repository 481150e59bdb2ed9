"""A base kept from another one is the same base, and bases that each write their own come to say the same."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path

import numpy as np
import orjson
import pytest

from entities.errors import Conflict, Refusal
from entities.matching import MatchPolicy
from entities.model import LATEST, Link, Period, Version
from entities.replication.applying import Applied, apply
from entities.replication.clashing import clashes_after
from entities.replication.digest import digests
from entities.replication.page import Page
from entities.reviews.reviewing import look
from entities.store import Store
from entities.store.reviews import cases
from entities.store.sealing import chained, seal
from tests.contract.following import catch_up, page_of, take
from tests.contract.saying import Department
from tests.contract.test_store import JULY, JUNE, MAY, house, settle

MakeStore = Callable[[str], Store]


@pytest.fixture
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeStore]:
    """Make an empty base in the database of this name; closed in the end."""
    with ExitStack() as opened:
        numbers = iter(range(100))

        def make(kind: str) -> Store:
            number = next(numbers)
            postgres = kind == "postgis"
            url = (
                request.getfixturevalue("postgres").new_database()
                if postgres
                else f"sqlite:///{tmp_path}/{number}.sqlite"
            )
            store = Store.open(url, random=np.random.default_rng(number))
            opened.callback(store.close)
            return store

        yield make


def both(kinds: str) -> object:
    return pytest.param(kinds, marks=pytest.mark.postgres) if "postgis" in kinds else kinds


@pytest.fixture(params=[both("sqlite sqlite"), both("sqlite postgis"), both("postgis sqlite")])
def pair(request: pytest.FixtureRequest, make_store: MakeStore) -> tuple[Store, Store]:
    """A source and a base that is to follow it."""
    source, follower = (make_store(kind) for kind in request.param.split())
    return source, follower


@pytest.mark.parametrize(("limit", "size"), [(1_000, 64 << 20), (3, 64 << 20), (1_000, 1)])
def test_a_follower_holds_the_same_history(pair: tuple[Store, Store], limit: int, size: int) -> None:
    source, follower = pair
    department = Department(source, np.random.default_rng(7))
    for turn in range(40):
        department.say()
        if turn % 9 == 0:
            catch_up(follower, source, limit, size)
    applied = catch_up(follower, source, limit, size)
    assert all(one.fresh and not one.clashes for one in applied)
    assert follower.transactions() == source.transactions()
    assert digests(follower.database) == digests(source.database)
    assert catch_up(follower, source) == []


ROUTES = ((0, 2), (2, 0), (1, 2), (2, 1), (2, 3), (3, 2))
"""Two counties (0, 1) and their city (2) follow each other, and so do the city and its province (3)."""


def exchange(stores: Sequence[Store], random: np.random.Generator, turns: int) -> list[Applied]:
    """Let bases follow each other along ROUTES, in any order and only so far, and return what was applied."""
    applied: list[Applied] = []
    for _ in range(turns):
        follower, source = ROUTES[random.integers(0, len(ROUTES))]
        applied += take(stores[follower], page_of(stores[source], stores[follower], int(random.integers(1, 5))))
    return applied


def settle_all(stores: Sequence[Store]) -> list[Applied]:
    """Let bases follow each other until nothing is new."""
    applied: list[Applied] = []
    while took := [one for follower, source in ROUTES for one in catch_up(stores[follower], stores[source])]:
        applied += took
    return applied


@pytest.mark.parametrize("seed", range(6))
def test_bases_that_each_write_their_own_converge(make_store: MakeStore, seed: int) -> None:
    *stores, onlooker = [make_store("sqlite") for _ in range(5)]
    converge(stores, onlooker, np.random.default_rng(seed))


@pytest.mark.postgres
def test_bases_in_different_databases_converge(make_store: MakeStore) -> None:
    *stores, onlooker = [make_store(kind) for kind in ("sqlite", "postgis", "postgis", "sqlite", "sqlite")]
    converge(stores, onlooker, np.random.default_rng(99))


def converge(stores: Sequence[Store], onlooker: Store, random: np.random.Generator) -> None:
    """Write everywhere, about the others' entities too, exchange now and then, and look at the end.

    An onlooker that follows the city only, and writes nothing, holds the city's history.
    """
    departments = [Department(store, random, 117.0 + place) for place, store in enumerate(stores)]
    applied: list[Applied] = []
    for _ in range(10):
        for one in departments:
            one.say()
        applied += exchange(stores, random, int(random.integers(0, 8)))
    applied += settle_all(stores)
    assert any(one.clashes for one in applied), "nothing met: the test shows less than it should"
    assert len({digests(store.database).present for store in stores}) == 1
    assert len({digests(store.database).history for store in stores}) == len(stores)
    journals = [sorted((one.origin, one.origin_number) for one in store.transactions()) for store in stores]
    assert all(len(journal) == 40 and journal == journals[0] for journal in journals)
    assert settle_all(stores) == []
    for store in stores:
        assert [record.chain for record in store.transactions()] == chain_of(store)
    assert len({frozenset(reverted(store)) for store in stores}) == 1 and reverted(stores[0])
    catch_up(onlooker, stores[2])
    assert digests(onlooker.database) == digests(stores[2].database)


def test_what_gave_way_to_the_same_is_not_taken_up_again(make_store: MakeStore) -> None:
    """Two retract an entity, and a third, who knows of the first only, says that it is there."""
    county, _, city, province = stores = [make_store("sqlite") for _ in range(4)]
    [code] = settle(city, house())
    settle_all(stores)
    with city.transaction("city", "never was") as tx:
        tx.retract([code])
    catch_up(province, city)
    with province.transaction("province", "it was") as tx:
        tx.put([Version(code, Period(JUNE), house())])
    with county.transaction("county", "never was") as tx:
        tx.retract([code])
    take(city, page_of(county, city))
    settle_all(stores)
    assert [store.view(valid_at=JUNE).count() for store in stores] == [0, 0, 0, 0]
    assert len({digests(store.database).present for store in stores}) == 1


def chain_of(store: Store) -> list[str]:
    """The chain as the rows of a base say it."""
    chain = [""]
    for record in store.transactions():
        chain.append(chained(chain[-1], seal(store.database, record.number), record))
    return chain[1:]


def reverted(store: Store) -> set[tuple[tuple[str, int], tuple[str, int], str]]:
    """Which transaction takes which other back, by who said them first."""
    records = {record.number: record for record in store.transactions()}
    found = set()
    for record in records.values():
        if record.reverts:
            number, _, event = record.reverts.partition(".")
            origin = records[int(number)]
            found.add(((record.origin, record.origin_number), (origin.origin, origin.origin_number), event))
    return found


def test_the_later_of_two_surveys_stands_and_both_are_named(make_store: MakeStore) -> None:
    county, city = stores = [make_store("sqlite") for _ in range(2)]
    [code] = settle(city, house())
    catch_up(county, city)
    with city.transaction("city", "storeys added") as tx:
        tx.put([Version(code, Period(JUNE), house(name="city"))])
    with county.transaction("county", "new outline") as tx:
        tx.put([Version(code, Period(JULY), house(size=0.002, name="county"))])
    [at_county] = catch_up(county, city)
    _, at_city, _ = catch_up(city, county)
    for store, applied in zip(stores, (at_county, at_city), strict=True):
        assert [version.state.name for version in history_now(store, code)] == [None, "county"]
        [met] = applied.clashes
        assert (met.code, met.stands[1:], met.gave_way[1:]) == (code, (county.base_id, 2), (city.base_id, 2))
        assert clashes_after(store.database, 0) == [(applied.number, met)]
    assert digests(county.database).present == digests(city.database).present


def test_the_survey_that_gave_way_is_left_to_who_made_it(pair: tuple[Store, Store]) -> None:
    city, county = pair
    [code] = settle(city, house())
    catch_up(county, city)
    with county.transaction("lixia", "new outline", "outline.gpkg") as tx:
        tx.put([Version(code, Period(JULY), house(name="county"))])
    with city.transaction("city", "storeys added") as tx:
        tx.put([Version(code, Period(JUNE), house(name="city"))])
    for _ in range(2):
        catch_up(county, city)
        catch_up(city, county)
    assert cases(city.database, "1 = 1", []) == []
    [held] = cases(county.database, "1 = 1", [])
    assert (held.department, held.source, held.band, held.codes) == ("lixia", "outline.gpkg", "clash", (code,))
    assert (held.candidate.state.name, held.day) == ("county", JULY)
    assert not look(county, held, MatchPolicy.load()).moved
    assert {version.state.name for version in history_now(county, code)} == {None, "city"}


def test_a_thing_measured_by_both_is_found_and_left_to_the_later(
    pair: tuple[Store, Store], make_store: MakeStore
) -> None:
    (city, county), province = pair, make_store("sqlite")
    [first] = settle(city, house(name="city"))
    with county.transaction("lixia", "survey", "houses.gpkg") as tx:
        same, other = tx.issue([house(117.00001), house(117.5)])
        tx.put([Version(same, Period(MAY), house(117.00001)), Version(other, Period(MAY), house(117.5))])
    [at_county] = catch_up(county, city)
    [at_city] = [one for one in catch_up(city, county) if one.fresh]
    assert (at_county.twins, at_city.twins) == (((first, same),), ((same, first),))
    assert cases(city.database, "1 = 1", []) == []
    [held] = cases(county.database, "1 = 1", [])
    assert (held.department, held.band, held.codes) == ("lixia", "twin", (first, same))
    seen = look(county, held, MatchPolicy.load())
    assert (sorted(seen.bases), seen.moved) == (sorted((first, same)), False)
    assert [one.twins for one in catch_up(province, county)] == [(), ((first, same),)]
    assert cases(province.database, "1 = 1", []) == [], "it measured neither"
    assert digests(city.database).present == digests(county.database).present


def history_now(store: Store, code: str) -> list[Version]:
    return [version for version in store.history(code) if version.known_to == LATEST]


@pytest.fixture
def two(make_store: MakeStore) -> tuple[Store, Store]:
    """A source with three transactions, and a base that has followed it through the first."""
    source, follower = (make_store("sqlite") for _ in range(2))
    [code] = settle(source, house(name="一"))
    catch_up(follower, source)
    with source.transaction("county", "raised") as tx:
        tx.put([Version(code, Period(JUNE), house(name="二"))])
        tx.link([Link(code, "parcel", "GB00001", Period(MAY))])
    settle(source, house(117.2))
    return source, follower


def sealed_again(lines: list[bytes]) -> list[bytes]:
    """A page changed by somebody who knows how pages are checked."""
    hashed = blake2b(b"".join(lines[:-1]), digest_size=16).hexdigest()
    return [*lines[:-1], orjson.dumps({**orjson.loads(lines[-1]), "hash": hashed}) + b"\n"]


def replaced(old: bytes, new: bytes) -> Callable[[list[bytes]], list[bytes]]:
    def change(lines: list[bytes]) -> list[bytes]:
        assert old in b"".join(lines)
        return sealed_again([line.replace(old, new) for line in lines])

    return change


def without(word: bytes) -> Callable[[list[bytes]], list[bytes]]:
    return lambda lines: sealed_again([line for line in lines if word not in line])


def flipped(lines: list[bytes]) -> list[bytes]:
    return [*lines[:4], lines[4].replace(b"0", b"1", 1), *lines[5:]]


BROKEN: dict[str, tuple[str, Callable[[list[bytes]], list[bytes]]]] = {
    "nothing": ("follow.stranger", lambda lines: []),
    "a web page": ("follow.stranger", lambda lines: [b"<!doctype html>\n", b"<title>Hello</title>\n"]),
    "cut between lines": ("follow.cut", lambda lines: lines[:-1]),
    "cut within a line": ("follow.cut", lambda lines: [*lines[:-2], lines[-2][:9]]),
    "cut within the last line": ("follow.cut", lambda lines: [*lines[:-1], lines[-1][:-3]]),
    "a flipped bit": ("follow.altered", flipped),
    "lines exchanged": ("follow.altered", lambda lines: [lines[0], *lines[:0:-1][1:], lines[-1]]),
    "another layout": ("follow.layout", replaced(b'"layout":2', b'"layout":3')),
    "another form": ("follow.stranger", replaced(b'"replication":1', b'"replication":9')),
    "a name changed": ("follow.seal", replaced("二".encode(), "三".encode())),
    "a link changed": ("follow.seal", replaced(b"GB00001", b"GB00002")),
    "another actor": ("follow.seal", replaced(b'"actor":"county"', b'"actor":"nobody"')),
    "a link left out": ("follow.seal", without(b'"linked"')),
    "a transaction left out": ("follow.gap", lambda lines: sealed_again([lines[0], *lines[-6:]])),
    "rows of another shape": ("follow.altered", replaced(b'["opened",[[', b'["opened",[[[')),
    "a part of another kind": ("follow.altered", replaced(b'"opened"', b'"broken"')),
    "another class": ("follow.class", replaced(b'"310301"', b'"999999"')),
    "another layer": ("follow.class", replaced(b'"buildings","310301"', b'"pipes","310301"')),
    "a version not here": ("follow.diverged", replaced(b'["closed",[[', b'["closed",[["9BRXAJ61NK54",1],[')),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_page_that_is_not_right_is_refused_and_nothing_of_it_stands(two: tuple[Store, Store], broken: str) -> None:
    source, follower = two
    before = digests(follower.database)
    rule, change = BROKEN[broken]
    with pytest.raises(Refusal) as caught:
        take(follower, change(page_of(source, follower)))
    assert caught.value.rule == rule, caught.value.__cause__
    assert digests(follower.database) == before
    catch_up(follower, source)
    assert digests(follower.database) == digests(source.database)


def test_a_base_that_is_not_what_it_was_is_refused(two: tuple[Store, Store], make_store: MakeStore) -> None:
    source, follower = two
    catch_up(follower, source)
    with pytest.raises(Conflict, match=r"follow\.self"):
        take(source, page_of(source, source))
    source.database.run("UPDATE journal SET chain = 'other' WHERE number = 3")
    with pytest.raises(Conflict, match=r"follow\.source"):
        take(follower, page_of(source, follower))
    source.database.run("DELETE FROM journal WHERE number = 3")  # restored from a backup
    with pytest.raises(Conflict, match=r"follow\.future"):
        page_of(source, follower)


def test_a_base_that_lost_its_own_transactions_is_told(two: tuple[Store, Store], make_store: MakeStore) -> None:
    source, follower = two
    catch_up(follower, source)
    restored = make_store("sqlite")
    restored.database.run("UPDATE setting SET value = ? WHERE name = 'base'", [source.base_id])
    restored.database.commit()
    with pytest.raises(Conflict, match=r"follow\.lost"):
        catch_up(restored, follower)


def test_an_entity_that_is_here_under_the_same_code_is_refused(make_store: MakeStore) -> None:
    one, other = (make_store("sqlite") for _ in range(2))
    [code] = settle(one, house())
    settle(other, house(117.3))
    other.database.run("UPDATE entity SET code = ?", [code])
    other.database.commit()
    with pytest.raises(Conflict, match=r"follow\.code"):
        catch_up(other, one)


def test_two_that_follow_for_one_base_write_nothing_twice(two: tuple[Store, Store]) -> None:
    source, follower = two
    lines = page_of(source, follower)
    assert [one.fresh for one in take(follower, lines)] == [True, True]
    page = Page(lines)
    assert [apply(follower, bundle, page.header.base).fresh for bundle in page.bundles()] == [False, False]
    assert digests(follower.database) == digests(source.database)
