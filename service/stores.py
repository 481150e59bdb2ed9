"""Gives each thread of the server its own doors: to the base, and to the desk."""

import threading

from flask import Flask, current_app

from entities.store import Store, View
from service.bases import open_store
from service.config import Config
from service.desk import Desk
from service.layers import Summaries, Summary


class Doors:
    """One `Store` and one `Desk` for each thread, opened when first asked for."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.summaries = Summaries()
        self._mine = threading.local()

    def store(self) -> Store:
        """The base, for this thread."""
        if not hasattr(self._mine, "store"):
            self._mine.store = open_store(self.config)
        found: Store = self._mine.store
        return found

    def desk(self) -> Desk:
        """The desk, for this thread."""
        if not hasattr(self._mine, "desk"):
            self._mine.desk = Desk.open(self.config.base)
        found: Desk = self._mine.desk
        return found

    def close(self) -> None:
        """Close this thread's doors."""
        for name in ("store", "desk"):
            if hasattr(self._mine, name):
                getattr(self._mine, name).close()
                delattr(self._mine, name)

    def let_go(self) -> None:
        """End what this thread's reading has left open, so that the next request sees what was written meanwhile."""
        if hasattr(self._mine, "store"):
            self._mine.store.database.rollback()


def register(app: Flask, config: Config) -> None:
    """Give the application its doors."""
    doors = app.extensions["doors"] = Doors(config)
    app.teardown_request(lambda _: doors.let_go())


def settings() -> Config:
    """The settings of the application that answers this request."""
    doors: Doors = current_app.extensions["doors"]
    return doors.config


def summary(view: View, layer: str) -> Summary:
    """How much a layer holds at a view's moment, and where."""
    doors: Doors = current_app.extensions["doors"]
    return doors.summaries.of(view, layer)


def store() -> Store:
    """The base, for the thread that answers this request."""
    doors: Doors = current_app.extensions["doors"]
    return doors.store()


def desk() -> Desk:
    """The desk, for the thread that answers this request."""
    doors: Doors = current_app.extensions["doors"]
    return doors.desk()
