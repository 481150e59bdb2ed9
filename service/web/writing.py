"""How values are written on a page: codes in groups, days in sentences, moments in Beijing time, icons, figures."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from lxml import etree
from markupsafe import Markup, escape

from entities.model import BEIJING
from entities.text import Text
from service.web.paper import METRES_PER_DEGREE
from service.web.words import LANGUAGES, size_text

_NEAREST: Final = 300.0  # metres above the ground from which one house and its neighbours are seen
_SVG: Final = "{http://www.w3.org/2000/svg}"
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def long_day(day: str, language: str) -> str:
    """Write `2026-05-19` for a sentence: `2026年5月19日` in Chinese, `19 May 2026` in English."""
    found = _DAY.match(day)
    if found is None:
        return day
    year, month, number = (int(part) for part in found.groups())
    if language == LANGUAGES[0]:
        return f"{year}年{month}月{number}日"
    return f"{number} {_MONTHS[month - 1]} {year}"


def moment(instant: str | datetime | None) -> Markup:
    """Write an instant as `2026-05-19 14:03` in Beijing time, inside a `<time>` that keeps the exact value."""
    if not instant:
        return Markup("–")
    exact = instant if isinstance(instant, datetime) else datetime.fromisoformat(instant)
    shown = exact.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M") if exact.tzinfo else exact.strftime("%Y-%m-%d %H:%M")
    return Markup('<time datetime="{}">{}</time>').format(exact.isoformat(), shown)


def day(written: str | None) -> Markup:
    """Write a day in a table; an open end or none is a dash."""
    if not written or written == "..":
        return Markup("–")
    return Markup('<time datetime="{0}">{0}</time>').format(written)


def code(value: str) -> Markup:
    """Write a code in mono that never breaks, is never translated, and is copied as it stands."""
    return Markup('<span class="code" translate="no">{}</span>').format(value)


def data(value: object) -> Markup:
    """Write a value that came from outside as text, marked as data that no translation may touch."""
    return Markup('<span translate="no" data-value>{}</span>').format("–" if value in (None, "") else value)


def chinese(text: str) -> Markup:
    """Write Chinese inside a sentence of another language, so that it is read and set as Chinese."""
    return Markup('<span lang="zh-CN" translate="no">{}</span>').format(text)


def said(text: Mapping[str, str] | Text, language: str) -> Markup:
    """Say a text that the data carries in both languages; it is data, so nothing may translate it further."""
    words = text if isinstance(text, Text) else Text(text["zh"], text["en"])
    return Markup("<span data-value>{}</span>").format(words.say(language))


def seconds_text(seconds: float) -> str:
    """Write a duration: `0.4 s`, `12 s`, `3 min 20 s`."""
    if seconds < 10:
        return f"{seconds:.1f}\u202fs"
    whole = round(seconds)
    return f"{whole}\u202fs" if whole < 60 else f"{whole // 60}\u202fmin {whole % 60}\u202fs"


def size(count: int) -> Markup:
    """Write a number of bytes so that no translation touches its unit."""
    return Markup('<span class="number" translate="no">{}</span>').format(size_text(count))


def duration(seconds: float) -> Markup:
    """Write a duration so that no translation touches its unit."""
    return Markup('<span class="number" translate="no">{}</span>').format(seconds_text(seconds))


def local(address: str) -> str:
    """An address of this service as a path, so that it works under whatever name the reader reached us by."""
    split = urlsplit(address)
    return urlunsplit(("", "", split.path, split.query, split.fragment))


def camera(where: Sequence[float]) -> str:
    """The viewer's camera straight above a place (lon, lat) or a box (west, south, east, north), as in its address."""
    west, south, east, north = (*where, *where)[:4]
    lon, lat = (west + east) / 2, (south + north) / 2
    reach = max((east - west) * math.cos(math.radians(lat)), north - south) * METRES_PER_DEGREE
    return f"{lon:.6f},{lat:.6f},{max(_NEAREST, 1.3 * reach):.0f},0,-90"


def whose(rule: str) -> str:
    """Who can mend a broken rule: the `file`'s maker, the keeper of the `territory`, or we, the `service`."""
    family = rule.partition(".")[0]
    return {"scope": "territory", "auth": "territory", "server": "service", "base": "service"}.get(family, "file")


def icon(name: str) -> Markup:
    """Draw an icon of `icons/sprite.svg` in the line; it is decoration, so a word always stands beside it."""
    return Markup('<svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">{}</svg>').format(
        _icons()[name]
    )


@cache
def _icons() -> dict[str, Markup]:
    sprite = etree.fromstring((files("service.web") / "icons" / "sprite.svg").read_bytes())
    return {
        symbol.get("id"): Markup("").join(
            Markup('<path d="{}"/>').format(escape(path.get("d"))) for path in symbol.iter(f"{_SVG}path")
        )
        for symbol in sprite.iter(f"{_SVG}symbol")
    }
