"""A small shop."""

from flask import Flask

from .db import close_db
from .views import bp


def create_app(config=None):
    app = Flask(__name__)
    app.config.from_mapping(DATABASE="shop.db", MAX_CONTENT_LENGTH=2 * 1024 * 1024)
    app.config.from_prefixed_env()
    if config:
        app.config.update(config)
    app.teardown_appcontext(close_db)
    app.register_blueprint(bp)
    return app
