"""Settings: the file and the code agree, and what is wrong is refused with its line."""

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from entities.errors import Invalid
from service.app import create_app
from service.config import Config, Followed

FILE = Path(__file__).parents[2] / "config.yaml"


def names(settings: Any, prefix: str = "") -> list[str]:
    found = []
    for part in fields(settings):
        value = getattr(settings, part.name)
        found += names(value, f"{prefix}{part.name}.") if is_dataclass(value) else [prefix + part.name]
    return found


def flat(page: dict[str, Any], prefix: str = "") -> list[str]:
    found = []
    for name, value in page.items():
        found += flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]
    return found


def test_the_file_says_every_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    copied = tmp_path / "config.yaml"
    copied.write_text(FILE.read_text("utf-8"), "utf-8")
    from_file = Config.load(copied)
    copied.unlink()
    assert from_file == Config.load()


def test_the_file_names_every_setting_and_explains_it() -> None:
    text = FILE.read_text("utf-8")
    assert flat(yaml.safe_load(text)) == names(Config())
    bare = [line for line in text.splitlines() if line.strip() and not line.endswith(":") and "# " not in line]
    assert bare == []


def test_every_setting_is_documented() -> None:
    page = (FILE.parent / "docs" / "settings.md").read_text("utf-8")
    assert [name for name in names(Config()) if f"`{name}`" not in page] == []


def test_a_base_and_a_secret_stand_in_the_data_folder(tmp_path: Path) -> None:
    config = Config.load(None, {"data": tmp_path / "x"})
    assert config.base == f"sqlite:///{tmp_path}/x/base.sqlite"
    assert config.secret_file == tmp_path / "x" / "secret"


def test_paths_are_taken_from_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("data: here\nmaps: {fonts: fonts}\n")
    config = Config.load(tmp_path / "own.yaml")
    assert (config.data, config.maps.fonts) == (tmp_path / "here", tmp_path / "fonts")
    assert config.tiles.store == str(tmp_path / "here" / "tiles")
    (tmp_path / "own.yaml").write_text("tiles: {store: elsewhere}\n")
    assert Config.load(tmp_path / "own.yaml").tiles.store == str(tmp_path / "elsewhere")
    (tmp_path / "own.yaml").write_text("tiles: {store: 's3://bucket/tiles'}\n")
    assert Config.load(tmp_path / "own.yaml").tiles.store == "s3://bucket/tiles"


def test_services_to_follow_are_listed(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("follow: [{url: 'https://city.example', token_file: city.token}]\n")
    config = Config.load(tmp_path / "own.yaml")
    assert config.follow == (Followed("https://city.example", tmp_path / "city.token"),)


def test_the_environment_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own.yaml").write_text("port: 9000\n")
    monkeypatch.setenv("SHIKONG_CONFIG", str(tmp_path / "own.yaml"))
    assert Config.load().port == 9000


@pytest.mark.parametrize(
    ("text", "rule", "words"),
    [
        ("prot: 1\n", "config.name", "line 1: there is no setting “prot”"),
        ("host: a\nlimits:\n  ratio: many\n", "config.value", "line 3: “limits.ratio” cannot be “many”"),
        ("port: [1]\n", "config.value", "line 1: “port”"),
        ("port: null\n", "config.value", "line 1: “port”"),
        ("limits: 3\n", "config.value", "line 1: “limits”"),
        ("viewer: {start: {lon: 1}}\n", "config.value", "line 1: “viewer.start”"),
        ("viewer: {start: {lon: 1, x: 2}}\n", "config.name", "“viewer.start.x”"),
        ("- 1\n", "config.value", "line 1"),
        ("a: [\n", "config.file", "line 2"),
        ("language: fr\n", "config.value", "“language” cannot be “fr”"),
        ("port: 70000\n", "config.value", "“port” cannot be “70000”"),
        ("base: mysql://x\n", "config.value", "“base” cannot be"),
        ("replication: {open: maybe}\n", "config.value", "“replication.open” cannot be “maybe”"),
        ("follow: https://city.example\n", "config.value", "line 1: “follow”"),
        ("follow:\n  - {url: ftp://city.example}\n", "config.value", "line 2: “follow[0].url”"),
        ("follow: [{token_file: x}]\n", "config.value", "“follow[0]”"),
        ("tiles: {store: 'ftp://elsewhere/tiles'}\n", "config.value", "“tiles.store” cannot be"),
        ("tiles: {features: 0}\n", "config.value", "“tiles.features” cannot be “0”"),
    ],
)
def test_what_is_wrong_is_refused_with_its_line(tmp_path: Path, text: str, rule: str, words: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(Invalid) as refused:
        Config.load(path)
    assert refused.value.rule == rule
    assert words in refused.value.findings[0].sentence.en


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"config\.file"):
        Config.load(tmp_path / "none.yaml")


def test_every_setting_is_read_somewhere() -> None:
    folder = FILE.parent / "service"
    source = "".join(path.read_text("utf-8") for path in folder.rglob("*.py") if path.name != "config.py")
    read = set(re.findall(r"\.([a-z_]+)\b", source))
    assert {part for name in names(Config()) for part in name.split(".")} - read == set()


def test_the_usual_language_is_the_settings(tmp_path: Path) -> None:
    for language, title in [("zh", 'lang="zh-CN"'), ("en", 'lang="en"')]:
        app = create_app(Config.load(None, {"data": tmp_path, "language": language}))
        assert title in app.test_client().get("/about").text
