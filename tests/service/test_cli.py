"""The command line does all the same: one file a command, words for people, JSON for programs, exit codes."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from entities.errors import Busy
from entities.store import Store
from service.cli import COMMANDS, run, shikong
from service.config import Config
from service.http.problems import STATUS
from service.tiles.tilesets import build_layer
from tests.service.conftest import Base, Shell
from tests.service.test_submissions import GOOD, houses


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "houses.geojson"
    path.write_text(json.dumps(GOOD))
    return path


def commands(group: click.Group, prefix: str = "shikong") -> Iterator[tuple[str, click.Command]]:
    for name in group.list_commands(click.Context(group)):
        one = group.get_command(click.Context(group), name)
        assert one is not None
        if isinstance(one, click.Group):
            yield from commands(one, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", one


def test_every_command_stands_in_a_module_of_its_name() -> None:
    folder = Path(__file__).parents[2] / "service" / "cli"
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__", "terminal"}
    assert modules == set(COMMANDS)


def test_every_command_and_option_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text("utf-8")
    for name, one in commands(shikong):
        assert f"`{name}" in page, name
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}"))
        for option in (part for part in one.params if isinstance(part, click.Option)):
            names = [*option.opts, *option.secondary_opts]
            assert names == ["--json"] or any(f"`{each}`" in row for each in names), (name, names)


def test_every_command_has_help_and_json() -> None:
    for name, one in commands(shikong):
        assert one.help, name
        assert any("--json" in part.opts for part in one.params), name


@pytest.mark.parametrize(
    "arguments",
    [
        ["nothing"],
        ["load"],
        ["load", "/no/such/file"],
        ["user", "add"],
        ["--lang", "fr", "init"],
        ["feed", "--limit", "0"],
    ],
)
def test_what_is_no_command_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert "Usage" in capsys.readouterr().err


def test_init_makes_everything_and_shows_the_token_once(shell: Shell, config: Config) -> None:
    code, made = shell("init")
    assert code == 0 and len(made["token"]) > 40
    assert (config.data / "base.sqlite").is_file() and (config.data / "desk.sqlite").is_file()
    assert shell("init") == (0, {**made, "token": None})


def test_load_build_and_tell(shell: Shell, file: Path) -> None:
    shell("init")
    code, report = shell("load", "--profile", "buildings", "--reason", "survey", "--valid-from", "2026-05-19", file)
    assert code == 0
    assert (report["transaction"], report["outcomes"]["new"]) == (1, 2)
    assert shell("load", "--profile", "buildings", file)[1]["outcomes"]["unchanged"] == 2
    code, built = shell("build")
    assert (code, built["layers"]["buildings"]["features"]) == (0, 2)
    assert shell("build")[1]["layers"]["buildings"]["files_written"] == 0
    code, printed = shell("feed", as_json=False)
    assert (code, len(printed.splitlines())) == (0, 2)
    entity = printed.split()[-1]
    told = shell("codes", entity)[1]["entities"][0]
    assert (told["code"], told["valid_from"]) == (entity, "2026-05-19")
    assert shell("verify") == (0, {"sound": True, "findings": []})


def test_the_feed_goes_on_after_a_cursor(shell: Shell, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shell("load", "--profile", "buildings", file)
    _, printed = shell("feed", "--limit", 1, as_json=False)
    cursor = printed.split()[0]
    _, rest = shell("feed", "--after", cursor, as_json=False)
    assert [line.split()[0] for line in (printed + rest).splitlines()] == ["1.0", "1.1"]


def test_a_refused_file_exits_with_1_and_leaves_the_base(shell: Shell, tmp_path: Path, config: Config) -> None:
    path = tmp_path / "bad.geojson"
    path.write_text(json.dumps(houses((117.3, 36.3, -9.0), (117.4, 36.3, 9.0))))
    code, report = shell("load", "--profile", "buildings", path)
    assert (code, report["accepted"], report["transaction"]) == (1, False, None)
    assert "model.tall" in {finding["rule"] for finding in report["findings"]}
    code, said = shell("load", "--profile", "buildings", path, as_json=False)
    assert code == 1
    assert "[model.tall] feature 1: " in said and "The base is unchanged." in said
    assert Store.open(config.base).view().count() == 0


def test_one_bad_file_does_not_keep_the_others_out(shell: Shell, tmp_path: Path, file: Path, config: Config) -> None:
    bad = tmp_path / "bad.geojson"
    bad.write_text("{")
    assert shell("load", "--profile", "buildings", bad, file, as_json=False)[0] == 1
    assert Store.open(config.base).view().count() == 2


def test_a_guess_is_shown_and_taken_with_yes(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "plain.geojson"
    path.write_text(json.dumps(houses((117.3, 36.3, 9.0), kind=None)))
    code, said = shell("load", path, as_json=False)
    assert code == 1
    assert "profile.confirm" in said and "height" in said and "--yes" in said
    assert shell("load", "--yes", path)[1]["outcomes"]["new"] == 1


def test_a_department_loads_in_its_own_territory(shell: Shell, base: Base, file: Path) -> None:
    code, report = shell("load", "--as", "shizhong", "--profile", "buildings", file)
    assert code == 1
    assert {one["rule"] for one in report["rules"] if one["severity"] == "error"} == {"scope.owner"}
    assert shell("load", "--as", "lixia", "--profile", "buildings", file)[0] == 0
    assert shell("load", "--as", "nobody", file)[1]["rule"] == "user.unknown"


def test_departments(shell: Shell) -> None:
    token = shell("user", "add", "lixia", "--division", "370102", "--title", "历下")[1]["token"]
    assert shell("user", "renew", "lixia")[1]["token"] != token
    assert shell("user", "list")[1]["departments"] == [
        {"name": "lixia", "title": "历下", "division": "370102", "divisions": ["370102"], "everywhere": False}
    ]
    assert shell("user", "add", "lixia", "--division", "370102")[1]["rule"] == "user.twice"
    assert shell("user", "remove", "lixia")[0] == 0
    assert shell("user", "remove", "lixia")[0] == 1


@pytest.mark.parametrize("language", ["zh", "en", "both"])
def test_a_refusal_is_said_in_the_language_chosen(
    language: str, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["--data", str(config.data), "--lang", language, "codes", "nothing"]) == 1
    said = capsys.readouterr().err
    assert ("没有" in said) == (language != "en")
    assert ("has no" in said) == (language != "zh")


def test_a_wrong_setting_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("port: many\n")
    assert run(["--config", str(path), "init"]) == 1
    assert "line 1" in capsys.readouterr().err


def test_sheets_are_drawn_and_kept(shell: Shell, base: Base) -> None:
    code, made = shell("maps", "370102", "--format", "pdf", "--format", "png")
    assert code == 0
    assert [Path(path).read_bytes()[:4] for path in made["files"]] == [b"%PDF", b"\x89PNG"]
    assert shell("maps", "999999")[1]["rule"] == "map.division"


def test_the_submissions_are_listed(shell: Shell, base: Base) -> None:
    assert shell("submissions") == (0, {"submissions": []})
    assert shell("submissions", "x")[1]["rule"] == "submission.unknown"
    assert shell("work", "--once") == (0, {"done": 0})


def test_verify_finds_what_was_tampered_with(shell: Shell, base: Base) -> None:
    store = base.store()
    build_layer(base.config, store, "buildings")
    assert shell("verify")[0] == 0
    store.database.run("UPDATE version SET height = 99 WHERE code = ?", [base.standing])
    store.database.run("DELETE FROM change WHERE number = 2 AND ordinal = 0")
    store.database.commit()
    for path in (base.config.data / "tiles" / "buildings" / "c").iterdir():
        path.write_bytes(b"x")
    code, found = shell("verify")
    assert code == 1
    assert {one["rule"] for one in found["findings"]} >= {"verify.digest", "verify.feed", "verify.chain"}
    assert any(one["rule"].startswith("tiles.") for one in found["findings"])


def test_refusals_are_the_webs_too() -> None:
    others = {refusal for refusal, status in STATUS.items() if not 400 <= status < 500}
    assert others == {Busy}, "only what can be asked again unchanged is no fault of the one who asks"
