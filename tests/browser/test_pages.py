"""The pages in a real browser: from words to a file in two clicks, a bad file and its report, and every page sound."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.browser.conftest import Browse
from tests.browser.desk import HOSTILE, Office, make_office
from tests.serving import serving

pytestmark = pytest.mark.browser

PUBLIC = (
    *(
        "/maps@150",
        "/maps?parent=370100@150",
        "/maps?q=zz@150",
        "/maps/370102@400",
        "/search@150",
        "/search?q=lixia@150",
    ),
    *(
        "/search?q=zz@150",
        "/changes@150",
        "/changes?transaction=3@150",
        "/transactions/3@150",
        "/changes?f=html&layer=buildings&territory=370102@150",
        "/collections@150",
        "/collections/buildings@150",
    ),
    *("/collections/buildings/items?f=html@150", "/about@150", "/sign-in@150", "/nothing-here@150", "/submissions@150"),
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return make_office(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="module")
def site(office: Office, scripts: Path) -> Iterator[str]:
    """The address of a service with a worker, without a slash at the end."""
    with serving(office.settings, worker=True) as service:
        yield service.address


@pytest.fixture(scope="module")
def seen(site: str, office: Office, browse: Browse) -> dict[str, Any]:
    """What people saw on their ways through the pages."""
    given = {"token": office.token, "code": office.code, "files": str(office.files)}
    found: dict[str, Any] = json.loads(browse("pages.mjs", site, json.dumps(given)))
    return found


def test_nothing_is_said_on_the_console_and_nothing_asked_elsewhere(seen: dict[str, Any]) -> None:
    assert seen["errors"] == []
    assert seen["elsewhere"] == []


@pytest.mark.parametrize("words", ["济南", "jinan", "jn", "370100"])
def test_from_words_to_the_file_in_two_clicks(seen: dict[str, Any], words: str) -> None:
    found = seen["catalogue"][words]
    assert found["clicks"] == 2
    assert found["start"] == "%PDF-"
    assert "济南" in found["title"]


def test_an_empty_catalogue_says_what_to_drop(seen: dict[str, Any]) -> None:
    assert "没有的地方" in seen["nothing"]
    assert "去掉“青岛市”后有" in seen["relaxed"]


def test_a_region_is_chosen_on_the_plan(seen: dict[str, Any]) -> None:
    assert seen["plan"]["address"].startswith("?parent=37")


def test_a_stranger_can_sign_in_where_they_are(seen: dict[str, Any]) -> None:
    assert seen["stranger"]["form"] == 1
    assert "这个令牌不在册" in seen["wrong"]
    assert "还没有报送" in seen["empty"]


def test_files_are_judged_before_a_byte_is_sent(seen: dict[str, Any]) -> None:
    judged = seen["judging"]
    assert judged["sent"] == []
    assert "缺少.dbf" in judged["partial"]
    assert "缺少.prj" in judged["unplaced"]
    assert "3个部件" in judged["placed"]
    assert "缺少" not in judged["placed"]
    assert "压缩包不完整" in judged["broken"]


def test_a_bad_file_is_refused_with_a_report(seen: dict[str, Any]) -> None:
    bad, report = seen["bad"], seen["report"]
    assert bad["state"] == "refused"
    assert bad["title"].startswith("错误：")
    assert "2类错误要改，共4个要素；另有1个要素有提醒" in bad["says"]
    assert "底库没有改动" in bad["says"]
    assert report["rows"] == report["dots"] == 3
    assert "怎么改" in report["main"]
    assert seen["failures"] == "SQLite format 3"


def test_a_good_file_is_stored_once(seen: dict[str, Any]) -> None:
    assert seen["good"]["state"] == "done"
    assert "已入库，第4号事务" in seen["good"]["says"]
    assert "底库没有改动" in seen["again"]["says"]


def test_a_guess_is_confirmed_on_one_page(seen: dict[str, Any]) -> None:
    assert seen["unclear"]["state"] == "confirm"
    assert seen["answers"] == {"class": "310301", "height_field": "JZGD", "name_field": "", "valid_from_field": ""}
    assert "全部在本单位的辖区里" in seen["lies"]
    assert seen["confirmed"]["state"] == "done"


def test_loose_parts_are_zipped_in_the_browser_and_stored(seen: dict[str, Any]) -> None:
    assert seen["parts"]["state"] == "done"
    assert "街区.zip" in seen["sentAs"]
    assert len(seen["list"]) == 5


def test_everything_works_without_scripts(seen: dict[str, Any]) -> None:
    assert "未入库" in seen["plain"]["title"]
    assert "底库没有改动" in seen["plain"]["says"]
    assert seen["plainCards"] >= 1


def test_wishes_are_kept_from_page_to_page(seen: dict[str, Any]) -> None:
    wishes = seen["wishes"]
    assert wishes["english"] == {"lang": "en", "address": "?q=jn&lang=en", "h1": "Standard map sheets"}
    assert wishes["kept"] == {"lang": "en", "font": "20px", "ground": "rgb(15, 22, 20)", "h1": HOSTILE}
    assert wishes["first"] == "skip"


@pytest.mark.slow
def test_every_page_is_sound(site: str, office: Office, seen: dict[str, Any], browse: Browse) -> None:
    """No fault of axe, of the keyboard, of flow, of words, of silence or of weight, signed in and signed out."""
    public = [*PUBLIC, f"/codes/{office.code}@150"]
    first = browse("page-checks.mjs", site, *public, seconds=900)
    assert first.startswith(f"{len(public)} passed, 0 failed")
    own = [f"/submissions/{one['id']}@150" for one in submissions(site, office)]
    refused = next(one["id"] for one in submissions(site, office) if one["state"] == "refused")
    reports = [f"/submissions/{refused}/report@150", f"/submissions/{refused}/report?rule=geom.valid@150"]
    pages = ["/submissions@150", "/subscriptions@150", *own, *reports]
    last = browse("page-checks.mjs", site, "--token", office.token, *pages, seconds=900)
    assert last.startswith(f"{len(pages)} passed, 0 failed")


def submissions(site: str, office: Office) -> list[dict[str, Any]]:
    headers = {"Authorization": f"Bearer {office.token}", "Accept": "application/json"}
    with urlopen(Request(f"{site}/submissions", headers=headers)) as answer:
        found: list[dict[str, Any]] = json.load(answer)["submissions"]
    return found
