"""Pictures of surfaces in a service: kept with the upload that shows them or not at all, served, followed."""

from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from entities.errors import Refusal
from entities.painting import TEXTURES, pictures_in
from service.app import create_app
from service.config import Config
from service.following.catching import catch_up
from service.following.source import Source
from service.pictures import pictures_of
from service.stores import Store
from tests.entities.readers.made import zipped
from tests.entities.readers.textured import ROOF, WALL, citygml, cityjson, facade, pictures
from tests.service.conftest import Base, Shell, rule_of, settings
from tests.service.test_follow import quiet, served

LOAD = ("--valid-from", "2025-06-01", "--yes")


def kept(config: Config) -> set[str]:
    return {path.name for path in (config.data / "pictures").glob("*/*")}


@pytest.fixture
def textured(base: Base, shell: Shell, tmp_path: Path) -> Base:
    """The base with a house that shows two pictures, sent as a zip."""
    pictures(tmp_path)
    archive = zipped(tmp_path / "houses.zip", cityjson(tmp_path), tmp_path / "looks")
    code, report = shell("load", archive, *LOAD)
    assert (code, report["outcomes"]["new"]) == (0, 1), report
    return base


def test_pictures_are_kept_by_their_hash_and_served_for_ever(textured: Base, shell: Shell, tmp_path: Path) -> None:
    digests = {sha256((tmp_path / name).read_bytes()).hexdigest(): name for name in (WALL, ROOF)}
    assert kept(textured.config) == set(digests)
    client = create_app(textured.config).test_client()
    for digest, name in digests.items():
        answer = client.get(f"/pictures/{digest}")
        assert (answer.data, answer.status_code) == ((tmp_path / name).read_bytes(), 200)
        assert answer.mimetype == {".png": "image/png", ".jpg": "image/jpeg"}[Path(name).suffix]
        assert "immutable" in answer.headers["Cache-Control"]
        assert client.get(f"/pictures/{digest}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert rule_of(client.get(f"/pictures/{'0' * 64}")) == "picture.unknown"
    assert rule_of(client.get("/pictures/..%2Fsecret")) in ("picture.unknown", "request.path")
    assert shell("verify")[0] == 0


def test_the_same_house_is_unchanged_and_another_picture_is_another_state(
    textured: Base, shell: Shell, tmp_path: Path
) -> None:
    before = kept(textured.config)
    assert shell("load", citygml(tmp_path), *LOAD)[1]["outcomes"]["unchanged"] == 1
    pictures(tmp_path, colour=(10, 200, 10))
    code, report = shell("load", cityjson(tmp_path), "--valid-from", "2025-07-01", "--yes")
    assert (code, report["outcomes"]["changed"]) == (0, 1)
    assert len(kept(textured.config) - before) == 1


def test_an_upload_that_is_refused_keeps_no_picture(base: Base, shell: Shell, tmp_path: Path) -> None:
    pictures(tmp_path)
    (tmp_path / WALL).unlink()
    code, report = shell("load", cityjson(tmp_path), *LOAD)
    assert (code, [one["rule"] for one in report["rules"] if one["severity"] == "error"]) == (1, ["picture.missing"])
    assert kept(base.config) == set()


def test_a_survey_without_pictures_takes_them_away_and_one_without_surfaces_does_not(
    textured: Base, shell: Shell, tmp_path: Path
) -> None:
    def named() -> int:
        with closing(Store.open(textured.config.base)) as store:
            return sum(
                len(pictures_in(one.state.attributes.get(TEXTURES))) for one in store.view().versions("buildings")
            )

    house = '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"A"},"geometry":%s}]}'
    with closing(Store.open(textured.config.base)) as store:
        [outline] = [one.state.geometry for one in store.view().versions("buildings") if one.state.surfaces]
    flat = tmp_path / "flat.geojson"
    ring = [list(place) for place in outline.exterior.coords]
    flat.write_text(house % str({"type": "Polygon", "coordinates": [ring]}).replace("'", '"'), "utf-8")
    said = ("--valid-from", "2025-07-01", "--yes", "--class", "310301", "--crs", "EPSG:4490", "--name", "name")
    assert shell("load", flat, *said)[1]["outcomes"]["changed"] == 1
    assert named() == 2
    bare = cityjson(tmp_path, texture={})
    assert shell("load", bare, "--valid-from", "2025-08-01", "--yes")[1]["outcomes"]["changed"] == 1
    assert named() == 0


def test_a_base_that_follows_has_the_pictures_before_the_record(textured: Base, tmp_path: Path) -> None:
    own = settings(tmp_path / "own")
    with served(textured.config) as url:
        lost, other = sorted(kept(textured.config))
        pictures_of(textured.config).path(lost).write_bytes(b"other")
        with pytest.raises(Refusal, match=r"follow\.altered"):
            catch_up(own, Source(url, textured.tokens["lixia"]), quiet)
        pictures_of(textured.config).path(lost).unlink()
        assert catch_up(own, Source(url, textured.tokens["lixia"]), quiet).number == 4
    assert kept(own) == {other}


def test_what_is_lost_or_altered_is_told(textured: Base, shell: Shell, tmp_path: Path) -> None:
    one, other = sorted(kept(textured.config))
    pictures_of(textured.config).path(one).unlink()
    facade((1, 2, 3)).save(pictures_of(textured.config).path(other), "PNG")
    code, report = shell("verify")
    assert code == 1
    assert sorted(found["rule"] for found in report["findings"]) == ["picture.lost", "picture.lost"]
