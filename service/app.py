"""Makes the Flask application: settings in, application out."""

from flask import Flask

from service import stores, web
from service.api import BLUEPRINTS
from service.bases import check_data
from service.config import Config
from service.http import guards, headers, problems, quick
from service.maps import studio


def create_app(config: Config) -> Flask:
    """Make the application that answers for one base."""
    check_data(config)
    app = Flask("service", static_folder=None, template_folder="web/templates")
    app.config["MAX_CONTENT_LENGTH"] = config.limits.upload_bytes
    app.extensions["settings"] = config
    stores.register(app, config)
    guards.register(app, config)
    studio.register(app, config)
    problems.register(app)
    headers.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    web.register(app)
    quick.register(app)
    return app
