"""Pages travel compressed, and read the same."""

import gzip

import brotli
import pytest
from flask.testing import FlaskClient


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("gzip, br", "br"), ("gzip", "gzip"), ("identity", None), ("br;q=0, gzip;q=0", None)]
)
def test_a_page_is_sent_as_its_reader_takes_it(client: FlaskClient, accepted: str, encoding: str | None) -> None:
    plain = client.get("/page/maps?lang=zh").data
    answer = client.get("/page/maps?lang=zh", headers={"Accept-Encoding": accepted})
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert answer.headers.get("Content-Encoding") == encoding
    assert unpack(answer.data) == plain
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert int(answer.headers["Content-Length"]) == len(answer.data)
