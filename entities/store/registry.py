"""From any code to the entity, and from an entity to all its codes, at any moment; from a name to entities."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from entities.errors import NotFound
from entities.model import LATEST, Lineage, Link, Moment, Version
from entities.registers.unified import Asked, parts
from entities.store.database import Database
from entities.store.linking import COLUMNS, link_of
from entities.store.spelling import spelled
from entities.store.view import View


def links_of(database: Database, code: str, moment: Moment | None = None) -> list[Link]:
    """The links of an entity by scheme and value: those of a moment, or all that are known now."""
    condition, values = _known(moment)
    days, then = ("", []) if moment is None else (" AND valid_from <= ? AND valid_to > ?", [moment.valid_at] * 2)
    statement = f"SELECT {', '.join(COLUMNS)} FROM link WHERE code = ? AND {condition}{days}"
    return sorted(map(link_of, database.query(statement, [code, *values, *then])), key=_order)


def lineage_of(database: Database, code: str, moment: Moment | None = None) -> list[Lineage]:
    """The steps in which an entity is parent or child, in the order they became known; those known at a moment."""
    columns = "kind, parent, child, share, day, share_of_parent, number, event"
    then = min(moment.known_at, LATEST - 1) if moment else LATEST - 1
    known = "(parent = ? OR child = ?) AND number <= ? AND known_to > ? ORDER BY number, id"
    rows = database.query(f"SELECT {columns} FROM lineage WHERE {known}", [code, code, then, then])
    return [Lineage(*row) for row in rows]


def spatial_code(database: Database, code: str) -> str:
    """The spatial identity code issued with an entity. `NotFound` (`code.unknown`)."""
    rows = database.query("SELECT spatial FROM entity WHERE code = ?", [code])
    if not rows:
        raise NotFound.because("code.unknown", code=code)
    return str(rows[0][0])


def resolve(database: Database, identifier: str, moment: Moment | None = None) -> list[str]:
    """The entities that a code of any register leads to at a moment, or as known now; none where it leads nowhere.

    A link counts on the days it is valid; where none is valid then, those of other days count. All codes of a unified
    identifier have to lead to an entity: `NotFound` (`code.disagree`) where each leads somewhere and they never meet.
    """
    asked = parts(identifier)
    found = [_resolve_one(database, one, moment) for one in asked]
    together = set(found[0]).intersection(*found[1:])
    if not together and all(found):
        first, led = asked[0].text, ", ".join(found[0])
        raise NotFound.because("code.disagree", code=identifier, first=first, entities=led)
    return sorted(together)


def resolve_all(database: Database, identifiers: Sequence[str]) -> dict[str, list[str]]:
    """The entities that each of many single codes leads to, as known today; those that lead nowhere are left out."""
    asked = {text: parts(text)[0] for text in dict.fromkeys(identifiers)}
    wanted = list(dict.fromkeys(form for one in asked.values() for form in one.forms))
    linked = f"SELECT value, code, scheme FROM link WHERE value IN {{in}} AND known_to = {LATEST}"
    links: dict[str, list[tuple[str, str]]] = {}
    for value, code, scheme in database.query_in(linked, wanted):
        links.setdefault(value, []).append((code, scheme))
    missing = [one for one in asked.values() if not any(form in links for form in one.forms)]
    own = _own(database, missing)
    found = {text: _led_to(one, links) or own.get(one.text, []) for text, one in asked.items()}
    return {text: codes for text, codes in found.items() if codes}


def standing_values(database: Database, values: Sequence[str]) -> list[tuple[str, str]]:
    """Those of many resource codes that are linked to something, as known now: (scheme, value)."""
    statement = f"SELECT DISTINCT scheme, value FROM link WHERE value IN {{in}} AND known_to = {LATEST}"
    return sorted((scheme, value) for scheme, value in database.query_in(statement, values))


def standing_entities(database: Database, codes: Sequence[str]) -> list[str]:
    """Those of many entity codes that were issued."""
    return sorted(row[0] for row in database.query_in("SELECT code FROM entity WHERE code IN {in}", codes))


_NAMED: Final = (
    "SELECT name, code, turn FROM (SELECT name, code, ROW_NUMBER() OVER (PARTITION BY name ORDER BY code) AS turn "
    f"FROM version WHERE {{named}} AND known_to = {LATEST} AND valid_to > ? GROUP BY name, code) AS named "
    "ORDER BY turn, {best}name, code LIMIT {limit:d}"
)


def search(database: Database, view: View, text: str, limit: int) -> list[Version]:
    """Entities standing at the view's moment whose name holds the text, or is spelled so in pinyin or initials.

    Those that begin with it come first; of many by one name, the first of each name comes before the others.
    """
    day = view.moment.valid_at
    pattern = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    like = "name LIKE ? ESCAPE '\\'"
    statement = _NAMED.format(named=f"name IS NOT NULL AND {like}", best=f"{like} DESC, ", limit=limit)
    found = database.query(statement, [f"%{pattern}%", day, f"{pattern}%"])
    names = spelled(database, text, limit) if len(found) < limit else []
    meant = database.query_in(_NAMED.format(named="name IN {in}", best="", limit=limit), names, [day])
    best = {name: place for place, name in enumerate(names)}
    found += sorted(meant, key=lambda row: (row[2], best[row[0]]))
    codes = list(dict.fromkeys(code for _, code, _ in found))
    standing = {version.code: version for version in view.named(codes)}
    return [standing[code] for code in codes if code in standing][:limit]


def _resolve_one(database: Database, asked: Asked, moment: Moment | None) -> list[str]:
    """The entities that one code leads to; one query, whatever kind of code it is."""
    condition, known = _known(moment)
    born = moment.known_at if moment else LATEST
    marks = ",".join("?" * len(asked.forms))
    statement = (
        f"SELECT code, scheme, valid_from, valid_to FROM link WHERE value IN ({marks}) AND {condition} UNION ALL "
        "SELECT code, 'entity', NULL, NULL FROM entity WHERE code = ? AND born <= ? UNION ALL "
        "SELECT code, 'spatial', NULL, NULL FROM entity WHERE spatial = ? AND born <= ?"
    )
    capitals = asked.forms[min(1, len(asked.forms) - 1)]
    rows = database.query(statement, [*asked.forms, *known, asked.entity or "", born, capitals, born])
    wanted = [row for row in rows if asked.scheme in (None, row[1])]
    then = [row for row in wanted if row[2] is None or moment is None or row[2] <= moment.valid_at < row[3]]
    return sorted({row[0] for row in then or wanted})


def _own(database: Database, asked: Sequence[Asked]) -> dict[str, list[str]]:
    """The entities of codes that the base itself gave: entity codes and spatial identity codes."""
    entities = list({one.entity for one in asked if one.entity})
    forms = list({form for one in asked if one.scheme in (None, "spatial") for form in one.forms})
    issued = {row[0] for row in database.query_in("SELECT code FROM entity WHERE code IN {in}", entities)}
    spatial: dict[str, str] = dict(database.query_in("SELECT spatial, code FROM entity WHERE spatial IN {in}", forms))
    return {one.text: found for one in asked if (found := _issued(one, issued, spatial))}


def _issued(asked: Asked, issued: Collection[str], spatial: Mapping[str, str]) -> list[str]:
    if asked.entity in issued:
        return [str(asked.entity)]
    forms = asked.forms if asked.scheme in (None, "spatial") else ()
    return sorted({spatial[form] for form in forms if form in spatial})


def _led_to(asked: Asked, links: dict[str, list[tuple[str, str]]]) -> list[str]:
    pairs = [pair for form in asked.forms for pair in links.get(form, ())]
    return sorted({code for code, scheme in pairs if asked.scheme in (None, scheme)})


def _known(moment: Moment | None) -> tuple[str, list[object]]:
    """The condition that a row is known: at a moment, or now."""
    if moment is None or moment.known_at == LATEST:
        return f"known_to = {LATEST}", []
    return "known_from <= ? AND known_to > ?", [moment.known_at, moment.known_at]


def _order(link: Link) -> tuple[str, str, int]:
    return link.scheme, link.value, link.period.start
