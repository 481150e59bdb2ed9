"""Gives each thread of the server its own door to the base."""

import threading
from importlib import import_module
from typing import Any

from flask import Flask, current_app


class Stores:
    """One `Store` for each thread, opened when first asked for."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._mine = threading.local()

    def current(self) -> Any:
        """The store of this thread."""
        if not hasattr(self._mine, "store"):
            self._mine.store = import_module("entities.store").Store.open(self.url)
        found: Any = self._mine.store
        return found


def register(app: Flask, url: str) -> None:
    """Give the application its stores."""
    app.extensions["stores"] = Stores(url)


def store() -> Any:
    """The store of the thread that answers this request."""
    stores: Stores = current_app.extensions["stores"]
    return stores.current()
