"""The HTTP API: one small blueprint for each thing served."""

from typing import Final

from service.api import landing

BLUEPRINTS: Final = (landing.blueprint,)
"""Every blueprint of the API."""
