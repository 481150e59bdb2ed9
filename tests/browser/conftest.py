"""A running service on a small city, built scripts, and Chromium to look at it with."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.city import City, make_city
from tests.serving import ROOT, serving

WEB = ROOT / "service" / "web"

CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser")
"""Its names; the first is the same engine without a window, and takes a third less time."""

Browse = Callable[..., str]


@pytest.fixture(scope="session")
def node() -> str:
    """Node with the project's npm packages, and Chromium."""
    found = shutil.which("node")
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None or not (ROOT / "node_modules" / "playwright-core").is_dir():
        pytest.skip("left out: Node or the npm packages are not here (npm ci)")
    if chromium is None:
        pytest.skip("left out: Chromium is not here (Debian: apt-get install chromium-headless-shell; or CHROMIUM=…)")
    os.environ["CHROMIUM"] = chromium
    return found


@pytest.fixture(scope="session")
def scripts(node: str) -> Path:
    """The built scripts, built anew where a source is newer; of several processes of one run, one builds."""
    manifest = WEB / "static" / "built" / "manifest.json"
    sources = [
        path for path in WEB.rglob("*") if path.suffix in (".js", ".css", ".mjs", ".svg") and "built" not in path.parts
    ]
    newest = max(path.stat().st_mtime for path in sources)
    (ROOT / ".made").mkdir(exist_ok=True)
    with (ROOT / ".made" / "building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not manifest.is_file() or newest > manifest.stat().st_mtime:
            subprocess.run([node, str(WEB / "build.mjs")], check=True, cwd=ROOT, capture_output=True)
    return manifest.parent


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """The small city's base and tiles."""
    return make_city(tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="session")
def base_url(city: City, scripts: Path) -> Iterator[str]:
    """The address of a service on the small city, without a slash at the end."""
    with serving(city.settings) as service:
        yield service.address


@pytest.fixture(scope="session")
def browse(node: str) -> Browse:
    """Run a script of this folder with Node and return the last line it prints."""

    def run(script: str, *arguments: str, seconds: int = 300) -> str:
        command = [node, str(Path(__file__).parent / script), *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout.strip().splitlines()[-1]

    return run
