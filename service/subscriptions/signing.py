"""Signs what a webhook carries, and verifies it: Standard Webhooks 1.0, HMAC-SHA256 over id, time and body."""

import binascii
import hmac
import secrets
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from entities.errors import Invalid, Unauthorized

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"

TOLERANCE: Final = 300
"""How many seconds the time of a message may lie from ours, before or after."""

_PREFIX: Final = "whsec_"
_LEAST, _MOST = 24, 64  # bytes of a key


def new_secret() -> str:
    """A secret of 32 random bytes, as text."""
    return _PREFIX + b64encode(secrets.token_bytes(32)).decode()


def check_secret(secret: str) -> str:
    """A secret that somebody typed. `Invalid` (`signature.secret`) for what is none."""
    try:
        key = b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(_PREFIX) or not _LEAST <= len(key) <= _MOST:
        raise Invalid.because("signature.secret", least=_LEAST, most=_MOST)
    return secret


def signed(secret: str, message: str, body: bytes, moment: float | None = None) -> dict[str, str]:
    """The headers of a message; `moment` is in seconds since 1970, now if not given."""
    timestamp = str(int(time.time() if moment is None else moment))
    return {ID: message, TIMESTAMP: timestamp, SIGNATURE: f"v1,{_mac(secret, message, timestamp, body)}"}


def verify(headers: Mapping[str, str], body: bytes, secret: str, moment: float | None = None) -> str:
    """The id of a message that whoever knows the secret sent just now.

    Names of `headers` are in small letters, or it is a mapping that does not mind. `Unauthorized`: `signature.missing`,
    `signature.forged`, or `signature.stale` for one that was sent too long ago.
    """
    message, timestamp, given = (headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE))
    if not message or not timestamp or not given:
        raise Unauthorized.because("signature.missing", names=f"{ID}, {TIMESTAMP}, {SIGNATURE}")
    wanted = f"v1,{_mac(secret, message, timestamp, body)}".encode()
    if not any(hmac.compare_digest(one.encode(), wanted) for one in given.split(" ")):
        raise Unauthorized.because("signature.forged")
    now = time.time() if moment is None else moment
    if not timestamp.isdecimal() or abs(now - int(timestamp)) > TOLERANCE:
        raise Unauthorized.because("signature.stale", seconds=TOLERANCE)
    return message


def _mac(secret: str, message: str, timestamp: str, body: bytes) -> str:
    key = b64decode(secret.removeprefix(_PREFIX))
    return b64encode(hmac.new(key, f"{message}.{timestamp}.".encode() + body, sha256).digest()).decode()
