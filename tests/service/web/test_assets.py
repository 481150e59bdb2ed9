"""The built scripts: found by their plain names, served in the encoding the browser reads, kept for ever."""

import gzip
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.web import assets

SCRIPT = b"export const answer = 42;\n" * 50


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(assets, "BUILT", tmp_path)
    (tmp_path / "page-1A2B.js").write_bytes(SCRIPT)
    (tmp_path / "page-1A2B.js.br").write_bytes(brotli.compress(SCRIPT))
    (tmp_path / "page-1A2B.js.gz").write_bytes(gzip.compress(SCRIPT))
    manifest = {"page.js": {"file": "page-1A2B.js", "bytes": len(SCRIPT), "br": 40}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return tmp_path


@pytest.fixture
def visitor(files: Path) -> Iterator[FlaskClient]:
    app = Flask("assets", static_folder=None)
    app.register_blueprint(assets.blueprint)
    yield app.test_client()


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("br, gzip", "br"), ("gzip, deflate", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None), ("", None)],
)
def test_a_file_comes_in_the_best_encoding_the_browser_reads(
    visitor: FlaskClient, accepted: str, encoding: str | None
) -> None:
    answer = visitor.get("/built/page-1A2B.js", headers={"Accept-Encoding": accepted})
    decode = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert answer.headers.get("Content-Encoding") == encoding
    assert decode(answer.data) == SCRIPT
    assert answer.mimetype == "text/javascript"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "Accept-Encoding" in answer.headers["Vary"]
    answer.close()


@pytest.mark.parametrize("name", ["page-1A2B.js.br", "nothing.js", "../assets.py", "%2e%2e/assets.py", ""])
def test_nothing_else_is_served(visitor: FlaskClient, name: str) -> None:
    assert visitor.get(f"/built/{name}").status_code == 404


def test_a_plain_name_leads_to_the_built_file(files: Path) -> None:
    assert assets.asset("page.js") == "/built/page-1A2B.js"
    assert assets.asset_bytes("page.js") == len(SCRIPT)
    assert assets.asset_bytes("page.js", packed=True) == 40


def test_a_rebuild_is_seen_without_a_restart(files: Path) -> None:
    assert assets.asset("page.js").endswith("1A2B.js")
    (files / "manifest.json").write_text('{"page.js": {"file": "page-9Z.js", "bytes": 1}}', encoding="utf-8")
    stamp = (files / "manifest.json").stat().st_mtime_ns
    shutil.copystat(__file__, files / "manifest.json")
    assert (files / "manifest.json").stat().st_mtime_ns != stamp
    assert assets.asset("page.js") == "/built/page-9Z.js"


def test_what_is_not_built_says_how_to_build_it(files: Path) -> None:
    with pytest.raises(assets.NotBuilt, match=r"build\.mjs"):
        assets.asset("unknown.js")
    (files / "manifest.json").unlink()
    with pytest.raises(assets.NotBuilt, match="run `make`"):
        assets.asset("page.js")


@pytest.mark.node
def test_the_build_names_every_script_and_style_and_keeps_the_viewer_small() -> None:
    web = Path(assets.__file__).parent
    node = shutil.which("node")
    if node is None or not (web.parents[1] / "node_modules" / "esbuild").is_dir():
        pytest.skip("left out: Node or the npm packages are not here (npm ci)")
    subprocess.run([node, str(web / "build.mjs")], check=True, capture_output=True, cwd=web.parents[1])
    manifest = json.loads((web / "static" / "built" / "manifest.json").read_text(encoding="utf-8"))
    for folder, pattern in (("pages", "*.js"), ("styles", "*.css"), ("icons", "*.svg")):
        assert {path.name for path in (web / folder).glob(pattern)} <= manifest.keys()
    for entry in manifest.values():
        assert (web / "static" / "built" / entry["file"]).exists()
    assert manifest["globe.js"]["br"] + manifest["viewer.js"]["br"] <= 850_000
    others = [entry["br"] for name, entry in manifest.items() if name.endswith(".js") and name != "globe.js"]
    assert max(others) <= 40_000
