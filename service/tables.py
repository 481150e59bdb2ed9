"""The service's own small tables: departments, submissions and jobs."""

from typing import Final

from pydal import Field

from entities.store import Database

_INDEXES: Final = (
    "CREATE UNIQUE INDEX department_by_name ON department (name)",
    "CREATE UNIQUE INDEX department_by_token ON department (token)",
    "CREATE UNIQUE INDEX submission_by_name ON submission (name)",
    "CREATE INDEX submission_by_department ON submission (department, created)",
    "CREATE INDEX job_by_state ON job (state, lease)",
    "CREATE INDEX job_by_submission ON job (submission)",
    "CREATE INDEX territory_by_department ON territory (department)",
    "CREATE INDEX checkpoint_by_filter ON checkpoint (filter, number, ordinal)",
    "CREATE UNIQUE INDEX subscription_by_name ON subscription (name)",
    "CREATE INDEX letter_by_subscription ON letter (subscription)",
    "CREATE UNIQUE INDEX inbox_by_name ON inbox (name)",
    "CREATE UNIQUE INDEX heard_by_signature ON heard (signature)",
    "CREATE UNIQUE INDEX review_hold_by_review ON review_hold (review)",
    "CREATE UNIQUE INDEX review_park_by_review ON review_park (review)",
)


def prepare(database: Database) -> None:
    """Create the tables that are missing."""
    if database.lacking(_tables):
        database.begin_writing()  # another may do the same
        database.create(_tables)
        for statement in _INDEXES:
            database.run(statement.replace("INDEX", "INDEX IF NOT EXISTS", 1))
    database.commit()


def _tables(kind: type[Database]) -> dict[str, list[Field]]:
    return {
        **_feed_tables(),
        "department": [
            Field("name", length=64, notnull=True),
            Field("title", "text"),
            Field("division", length=12, notnull=True),
            Field("everywhere", "integer", notnull=True),  # 1 for one that may write in every territory
            Field("token", length=64, notnull=True),  # SHA-256 of the token; the token itself is kept nowhere
            Field("created", "bigint"),
        ],
        "territory": [  # the divisions of a department beyond its main one
            Field("department", length=64, notnull=True),
            Field("division", length=12, notnull=True),
        ],
        "submission": [
            Field("name", length=32, notnull=True),
            Field("department", length=64, notnull=True),
            Field("state", length=16, notnull=True),
            *(Field(name, "bigint") for name in ("created", "number")),
            *(Field(name, "text") for name in ("files", "options", "guess", "summary")),  # JSON
        ],
        "job": [
            Field("kind", length=16, notnull=True),
            Field("submission", length=32),
            Field("state", length=16, notnull=True),
            *(Field(name, "bigint") for name in ("created", "started", "ended", "lease", "attempts")),
            Field("worker", length=64),
            Field("step", length=32),
            *(Field(name, "bigint") for name in ("done", "total")),
            Field("fault", "text"),
        ],
        "review_hold": [
            *(Field(name, "bigint", notnull=True) for name in ("review", "since", "until")),
            *(Field(name, length=80) for name in ("department", "officer", "seat")),
        ],
        "review_park": [
            *(Field(name, "bigint", notnull=True) for name in ("review", "since")),
            *(Field(name, length=80) for name in ("department", "officer", "colleague")),
            Field("note", "text"),
        ],
    }


def _feed_tables() -> dict[str, list[Field]]:
    """What the feed keeps: checkpoints of proofs, subscriptions with what they could not deliver, and inboxes."""
    position = [Field(name, "bigint") for name in ("number", "ordinal", "count")]
    return {
        "checkpoint": [
            Field("filter", length=64, notnull=True),
            *position,
            *(Field(name, length=64) for name in ("hash", "chain")),
            Field("made", "bigint"),
        ],
        "subscription": [
            Field("name", length=64, notnull=True),
            Field("department", length=64, notnull=True),  # empty for one made at the command line
            *(Field(name, "text") for name in ("url", "filter", "secret")),
            Field("state", length=16, notnull=True),
            *(field.clone() for field in position),
            Field("hash", length=64),
            *(Field(name, "bigint") for name in ("created", "attempts", "due", "lease", "delivered", "status")),
            Field("worker", length=64),
            Field("fault", "text"),
        ],
        "letter": [
            Field("subscription", length=64, notnull=True),
            *(Field(name, length=48) for name in ("since", "until")),
            *(Field(name, "bigint") for name in ("changes", "attempts", "status", "made", "delivered")),
            Field("fault", "text"),
        ],
        "inbox": [
            Field("name", length=64, notnull=True),
            Field("secret", "text"),
            *(Field(name, "bigint") for name in ("created", "news")),
        ],
        "heard": [
            Field("signature", length=64, notnull=True),
            Field("inbox", length=64),
            Field("heard", "bigint"),
        ],
    }
