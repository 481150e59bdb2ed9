"""Links: absolute addresses with what they lead to."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final
from urllib.parse import quote, urlencode

from flask import g, has_request_context, request

from service.stores import settings

Link = dict[str, str]


def address(path: str, **params: object) -> str:
    """The absolute address of a path of this service, with parameters (those that are None are left out).

    Outside a request, where no host is known, it begins with the path.
    """
    given = {name.replace("_", "-"): value for name, value in params.items() if value is not None}
    return _host() + path + ("?" + urlencode(given) if given else "")


def link(rel: str, path: str, kind: str = "application/json", **params: object) -> Link:
    """A link object: where to, in which relation, of which media type."""
    return {"rel": rel, "href": address(path, **params), "type": kind}


def here(**changes: object) -> str:
    """This request's address with some parameters changed."""
    return address(request.path, **{**_asked(), **{name.replace("-", "_"): v for name, v in changes.items()}})


def this(kind: str = "application/json") -> Link:
    """The link to what was asked for."""
    return {"rel": "self", "href": here(), "type": kind}


def following(cursor: str | None, kind: str = "application/json") -> list[Link]:
    """The link to the next page, if there is one."""
    return [] if cursor is None else [{"rel": "next", "href": here(cursor=cursor), "type": kind}]


def part(text: str) -> str:
    """A text as one part of a path."""
    return quote(text, safe="")


@contextmanager
def hosted(host: str) -> Iterator[None]:
    """Let addresses begin with a host during the block, where no request says one."""
    token = _HOSTED.set(host.rstrip("/"))
    try:
        yield
    finally:
        _HOSTED.reset(token)


_HOSTED: Final[ContextVar[str]] = ContextVar("host", default="")


def header(links: Sequence[Link], between: str = ", ") -> str:
    """Links as the header `Link` writes them (RFC 8288), or a document of links (RFC 6690)."""
    return between.join(_written(one) for one in links)


def _written(one: Link) -> str:
    said = [f'{name}="{one[name]}"' for name in ("rel", "type", "datetime") if name in one]
    return "; ".join([f"<{one['href']}>", *said])


def _host() -> str:
    if not has_request_context():
        return _HOSTED.get()
    if "host" not in g:  # asked for with every link of an answer
        g.host = (settings().public_url or request.host_url).rstrip("/")
    host: str = g.host
    return host


def _asked() -> Mapping[str, str]:
    return {name.replace("-", "_"): value for name, value in sorted(request.args.items())}
