"""The HTTP API: one small blueprint for each thing served."""

from typing import Final

from service.api import (
    changes,
    codes,
    editing,
    features,
    health,
    histories,
    holdings,
    imagery,
    inbox,
    landing,
    links,
    maps,
    openapi,
    pictures,
    replication,
    reviews,
    session,
    submissions,
    subscriptions,
    terrain,
    tiles,
    transactions,
    uploads,
    vector,
    versions,
    where,
)

BLUEPRINTS: Final = (
    *(landing.blueprint, openapi.blueprint, health.blueprint, features.blueprint, codes.blueprint),
    *(inbox.blueprint, subscriptions.blueprint, replication.blueprint),
    *(submissions.blueprint, uploads.blueprint, changes.blueprint, tiles.blueprint, maps.blueprint, session.blueprint),
    *(transactions.blueprint, reviews.blueprint, links.blueprint, holdings.blueprint),
    *(versions.blueprint, editing.blueprint, vector.blueprint, imagery.blueprint, histories.blueprint, where.blueprint),
    *(terrain.blueprint, pictures.blueprint),
)
"""Every blueprint of the API."""
