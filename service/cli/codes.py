"""`shikong codes`: from any one code to the entity and all its codes."""

from contextlib import closing

import click

from entities.registers.mistyped import refusal
from service.bases import open_store
from service.cli.terminal import Terminal, command
from service.http.params import read_moment
from service.shapes.entities import card


@click.command()
@click.argument("code")
@click.option("--at", "day", default="", help="The day to tell of; today where it is not given.")
@click.option("--known-at", "known_at", default="", help="The last transaction that counts; all where it is not given.")
@command
def codes(terminal: Terminal, code: str, day: str, known_at: str) -> None:
    """Tell everything about the entities that CODE, of any register, leads to."""
    with closing(open_store(terminal.config)) as store:
        view = store.view(read_moment({"datetime": day, "known-at": known_at}))
        found = store.resolve(code, view.moment)
        if not found:
            raise refusal(store, code)
        cards = [card(one, store, view, code) for one in found]
    terminal.result({"query": code, "entities": cards}, [line for one in cards for line in _lines(one)])


def _lines(card: dict[str, object]) -> list[str]:
    told = ("text", "name", "height", "valid_from", "valid_to", "versions")
    kind, listed = card["class"], card["codes"]
    assert isinstance(kind, dict) and isinstance(listed, list)
    head = [f"{kind['code']} {kind['zh']} {kind['en']}", *(f"  {name}: {card[name]}" for name in told)]
    return head + [f"  {one['scheme']}: {one['value']}" for one in listed]
