"""From any code or name to the entity, and from an entity to all its codes."""

from entities.codes import parse_code
from entities.errors import Invalid, NotFound
from entities.model import LATEST, Lineage, Link, Version
from entities.store.database import Database
from entities.store.linking import COLUMNS, link_of
from entities.store.view import View


def links_of(database: Database, code: str) -> list[Link]:
    """The links of an entity as known now, by scheme and value."""
    known = f"code = ? AND known_to = {LATEST} ORDER BY scheme, value, valid_from"
    return [link_of(row) for row in database.query(f"SELECT {', '.join(COLUMNS)} FROM link WHERE {known}", [code])]


def lineage_of(database: Database, code: str) -> list[Lineage]:
    """The steps in which an entity is parent or child, in the order they became known."""
    columns = "kind, parent, child, share, day, share_of_parent, number, event"
    known = f"(parent = ? OR child = ?) AND known_to = {LATEST} ORDER BY number, id"
    return [Lineage(*row) for row in database.query(f"SELECT {columns} FROM lineage WHERE {known}", [code, code])]


def spatial_code(database: Database, code: str) -> str:
    """The spatial identity code issued with an entity. `NotFound` (`code.unknown`)."""
    rows = database.query("SELECT spatial FROM entity WHERE code = ?", [code])
    if not rows:
        raise NotFound.because("code.unknown", code=code)
    return str(rows[0][0])


def resolve(database: Database, any_code: str) -> list[str]:
    """The entities that any code leads to, as known now: entity code, spatial identity code or resource code."""
    text = any_code.strip()
    found = {row[0] for row in database.query("SELECT code FROM entity WHERE spatial = ?", [text])}
    value = text.rpartition(":")[2]
    links = f"SELECT code FROM link WHERE value = ? AND known_to = {LATEST}"
    found |= {row[0] for row in database.query(links, [value])}
    code = _entity_code(text)
    if code and database.query("SELECT 1 FROM entity WHERE code = ?", [code]):
        found.add(code)
    return sorted(found)


def search(database: Database, view: View, text: str, limit: int) -> list[Version]:
    """Entities standing at the view's moment whose name holds the text, those that begin with it first."""
    pattern = text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    statement = (
        "SELECT code FROM version WHERE name IS NOT NULL AND name LIKE ? ESCAPE '\\' "
        f"AND known_to = {LATEST} AND valid_to > ? ORDER BY name LIKE ? ESCAPE '\\' DESC, name, code LIMIT {limit:d}"
    )
    values = [f"%{pattern}%", view.moment.valid_at, f"{pattern}%"]
    codes = list(dict.fromkeys(row[0] for row in database.query(statement, values)))
    standing = {version.code: version for version in view.named(codes)}
    return [standing[code] for code in codes if code in standing]


def _entity_code(text: str) -> str | None:
    try:
        return parse_code(text)
    except Invalid:
        return None
