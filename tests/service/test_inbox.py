"""An inbox believes only what was signed just now with its secret, and only once."""

import time

import pytest
from flask.testing import FlaskClient

from entities.errors import Invalid, NotFound
from service.cli import run
from service.subscriptions import inbox, signing
from tests.service.conftest import Base, rule_of

BODY = b'[{"specversion":"1.0"}]'


@pytest.fixture
def secret(base: Base) -> str:
    return inbox.set_up(base.desk(), "city")


def test_signing_is_what_standard_webhooks_says() -> None:
    """The example of the Standard Webhooks reference libraries."""
    secret, message, moment = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    body = b'{"test": 2432232314}'
    headers = signing.signed(secret, message, body, moment)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signing.verify(headers, body, secret, moment + 299) == message


def test_news_is_noted(client: FlaskClient, base: Base, secret: str) -> None:
    assert inbox.news(base.desk(), "city") == 0
    before = time.time_ns() // 1000
    answer = client.post("/inbox/city", data=BODY, headers=signing.signed(secret, "m1", BODY))
    assert answer.status_code == 204
    assert before <= inbox.news(base.desk(), "city") <= time.time_ns() // 1000


@pytest.mark.parametrize("fault", ["unsigned", "altered", "other secret", "other time", "no time", "stale", "early"])
def test_what_is_not_ours_or_not_of_now_is_refused(client: FlaskClient, base: Base, secret: str, fault: str) -> None:
    headers, body = signing.signed(secret, "m1", BODY), BODY
    if fault == "unsigned":
        headers = {}
    if fault == "altered":
        body = BODY.replace(b"1.0", b"2.0")
    if fault == "other secret":
        headers = signing.signed(signing.new_secret(), "m1", BODY)
    if fault == "other time":
        headers["webhook-timestamp"] = str(int(time.time()) + 1)
    if fault == "no time":
        headers["webhook-timestamp"] = "now"
    if fault in ("stale", "early"):
        headers = signing.signed(secret, "m1", BODY, time.time() + {"stale": -310, "early": 310}[fault])
    answer = client.post("/inbox/city", data=body, headers=headers)
    rule = {"unsigned": "signature.missing", "stale": "signature.stale", "early": "signature.stale"}
    assert (answer.status_code, rule_of(answer)) == (401, rule.get(fault, "signature.forged"))
    assert inbox.news(base.desk(), "city") == 0


def test_a_message_counts_once_however_its_headers_are_dressed(client: FlaskClient, secret: str) -> None:
    headers = signing.signed(secret, "m1", BODY)
    assert client.post("/inbox/city", data=BODY, headers=headers).status_code == 204
    for dressed in ("{}", "v1,abc {}", "{} v1a,xyz"):
        again = {**headers, "webhook-signature": dressed.format(headers["webhook-signature"])}
        answer = client.post("/inbox/city", data=BODY, headers=again)
        assert (answer.status_code, rule_of(answer)) == (403, "signature.replayed")
    anew = signing.signed(secret, "m1", BODY, time.time() + 2)  # tried again, signed anew
    assert client.post("/inbox/city", data=BODY, headers=anew).status_code == 204


def test_an_inbox_that_is_not_there_is_refused(client: FlaskClient, base: Base) -> None:
    assert client.post("/inbox/none", data=BODY).status_code == 404
    with pytest.raises(NotFound):
        inbox.news(base.desk(), "none")


@pytest.mark.parametrize("secret", ["x", "whsec_", "whsec_!!!", "whsec_YWJj"])
def test_a_secret_that_is_none_is_refused(base: Base, secret: str) -> None:
    with pytest.raises(Invalid, match=r"signature\.secret"):
        inbox.set_up(base.desk(), "city", secret)


def test_the_command_sets_it_up_and_takes_it_away(base: Base, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["--data", str(base.config.data), "subscriptions", "inbox", "city"]
    secret = signing.new_secret()
    assert run([*settings, "--secret", secret]) == 0
    assert secret in capsys.readouterr().out
    assert base.desk().rows("SELECT secret FROM inbox") == [(secret,)]
    assert run([*settings, "--remove"]) == 0
    assert run([*settings, "--remove"]) == 1
    assert run([*settings, "--secret", "short"]) == 1
