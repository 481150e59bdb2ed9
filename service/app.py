"""Makes the Flask application: settings in, application out."""

from flask import Flask, current_app

from service import headers, problems, stores, web
from service.api import BLUEPRINTS
from service.config import Config


def create_app(config: Config) -> Flask:
    """Make the application that answers for one base."""
    app = Flask("service", static_folder=None, template_folder="web/templates")
    app.json.sort_keys = True  # type: ignore[attr-defined]
    app.config["MAX_CONTENT_LENGTH"] = config.limits.upload_bytes
    app.extensions["settings"] = config
    stores.register(app, config.base)
    problems.register(app)
    headers.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if hasattr(web, "register"):
        web.register(app)
    return app


def settings() -> Config:
    """The settings of the application that answers this request."""
    found: Config = current_app.extensions["settings"]
    return found
