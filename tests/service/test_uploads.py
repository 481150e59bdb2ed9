"""Uploads that go on after a cut lose nothing, and are nobody else's."""

import base64
import json
import os
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.intake import uploads
from service.work import worker
from tests.service.conftest import Base, bearer, rule_of
from tests.service.test_auth import sign_in
from tests.service.test_submissions import GOOD, settle

DATA = json.dumps(GOOD).encode()


def begin(client: FlaskClient, base: Base, size: object = len(DATA), name: str = "城.geojson") -> Any:
    encoded = base64.b64encode(name.encode()).decode()
    headers = {"Upload-Length": str(size), "Upload-Metadata": f"filetype dA==,filename {encoded}"}
    return client.post("/uploads", headers={**bearer(base, "lixia"), **headers})


def push(client: FlaskClient, base: Base, path: str, offset: object, data: bytes) -> Any:
    headers = {**bearer(base, "lixia"), "Upload-Offset": str(offset)}
    return client.patch(path, data=data, headers=headers, content_type="application/offset+octet-stream")


def test_a_file_arrives_in_pieces_and_is_submitted(client: FlaskClient, base: Base) -> None:
    begun = begin(client, base)
    assert (begun.status_code, begun.headers["Tus-Resumable"]) == (201, "1.0.0")
    path = begun.headers["Location"]
    for offset in range(0, len(DATA), 100):
        answer = push(client, base, path, offset, DATA[offset : offset + 100])
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(min(offset + 100, len(DATA))))
    form = {"upload": path.rsplit("/", 1)[1], "profile": "buildings"}
    sent = client.post("/submissions", data=form, headers=bearer(base, "lixia"))
    assert sent.json["files"] == [{"name": "城.geojson", "bytes": len(DATA)}]
    assert settle(client, base, sent)["counts"]["new"] == 2
    assert list(base.config.incoming.iterdir()) == []


def test_the_sender_is_told_where_to_go_on(client: FlaskClient, base: Base) -> None:
    path = begin(client, base).headers["Location"]
    push(client, base, path, 0, DATA[:70])
    asked = client.head(path, headers=bearer(base, "lixia"))
    assert (asked.headers["Upload-Offset"], asked.headers["Upload-Length"]) == ("70", str(len(DATA)))
    again = push(client, base, path, 0, DATA[:70])
    assert (again.status_code, rule_of(again)) == (409, "upload.offset")
    assert client.head(path, headers=bearer(base, "lixia")).headers["Upload-Offset"] == "70"


def test_a_file_that_is_not_all_here_is_not_submitted(client: FlaskClient, base: Base) -> None:
    path = begin(client, base).headers["Location"]
    push(client, base, path, 0, DATA[:70])
    form = {"upload": path.rsplit("/", 1)[1]}
    answer = client.post("/submissions", data=form, headers=bearer(base, "lixia"))
    assert (answer.status_code, rule_of(answer)) == (409, "upload.open")
    assert client.head(path, headers=bearer(base, "lixia")).headers["Upload-Offset"] == "70"
    assert not list(base.config.uploads.glob("*"))
    assert worker.run(base.config, once=True) == 0


def test_more_than_was_said_is_refused(client: FlaskClient, base: Base) -> None:
    path = begin(client, base, size=10).headers["Location"]
    assert rule_of(push(client, base, path, 0, DATA)) == "request.large"


@pytest.mark.parametrize(
    ("size", "status", "rule"),
    [(0, 400, "upload.length"), ("x", 400, "param.value"), ("", 400, "param.value"), (10**9, 413, "request.large")],
)
def test_a_length_that_cannot_be_is_refused(
    client: FlaskClient, base: Base, size: object, status: int, rule: str
) -> None:
    answer = begin(client, base, size)
    assert (answer.status_code, rule_of(answer)) == (status, rule)


def test_an_upload_is_its_senders_alone(client: FlaskClient, base: Base) -> None:
    path = begin(client, base).headers["Location"]
    assert client.head(path).status_code == 401
    assert client.head(path, headers=bearer(base, "shizhong")).status_code == 404
    assert client.delete(path, headers=bearer(base, "shizhong")).status_code == 404
    assert client.head("/uploads/..", headers=bearer(base, "lixia")).status_code == 404
    assert client.delete(path, headers=bearer(base, "lixia")).status_code == 204
    assert client.head(path, headers=bearer(base, "lixia")).status_code == 404


def test_a_page_sends_its_word(client: FlaskClient, base: Base) -> None:
    word = sign_in(client, base)
    headers = {"Upload-Length": "5", "Upload-Metadata": ""}
    assert client.post("/uploads", headers=headers).status_code == 403
    assert client.post("/uploads", headers={**headers, "X-CSRF-Token": word}).status_code == 201


def test_a_name_that_cannot_be_read_is_refused(client: FlaskClient, base: Base) -> None:
    headers = {**bearer(base, "lixia"), "Upload-Length": "5", "Upload-Metadata": "filename !!!"}
    assert rule_of(client.post("/uploads", headers=headers)) == "request.form"


def test_what_nobody_goes_on_with_is_forgotten(client: FlaskClient, base: Base) -> None:
    old = begin(client, base).headers["Location"]
    data = base.config.incoming / old.rsplit("/", 1)[1] / "data"
    os.utime(data, (0, 0))
    begin(client, base)
    assert client.head(old, headers=bearer(base, "lixia")).status_code == 404
    assert uploads.KEPT > 86_400


def test_what_is_understood_is_told(client: FlaskClient) -> None:
    answer = client.options("/uploads")
    assert (answer.status_code, answer.headers["Tus-Extension"]) == (204, "creation,termination")
