"""The command `shikong`: everything the service does, from a shell."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

import click

from entities.errors import Refusal
from service.cli.terminal import Terminal
from service.config import Config

COMMANDS: Final = {
    "demo": "Make a demo base (Shandong's divisions, a made district of Jinan) and serve it.",
    "init": "Make the base, or bring it up to this program; print the first department's token.",
    "load": "Take files into the base, each whole or not at all.",
    "adopt": "Take files in together as one holding: a point cloud, meshes, elevation or imagery.",
    "build": "Build the 3D tiles and the terrain that the base has made stale.",
    "maps": "Draw map sheets and print where they are.",
    "serve": "Serve pages, API, tiles and maps until interrupted.",
    "work": "Do the jobs that wait: uploads, tiles, sheets, subscribers, sources.",
    "feed": "Print every change after a cursor, oldest first.",
    "codes": "Tell everything about the entities that a code of any register leads to.",
    "link": "Link the codes of a register to entities, a file whole or not at all.",
    "review": "What matching leaves to a person, and deciding it.",
    "revert": "Take back a transaction, or one of its events.",
    "user": "Departments and their tokens.",
    "verify": "Look the base and its tiles over: journal, feed, codes, digests, tilesets.",
    "submissions": "List the submissions, or show one.",
    "subscriptions": "Webhooks: whom to tell of which changes.",
    "follow": "Keep this base from another: all its transactions, and each new one as it is made.",
    "bench": "Measure how well the base does what it promises.",
}
"""Every command with its line in the help, in its order; each stands in a module of its name."""


class Commands(click.Group):
    """The commands; a module is imported when its command is used, so that none waits for another's libraries."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(import_module(f"service.cli.{cmd_name}"), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="shikong")
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="The settings file (config.yaml here).")
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="The data folder in place of the settings'."
)
@click.option("--lang", type=click.Choice(["zh", "en", "both"]), default="both", help="The language of messages.")
@click.pass_obj
def shikong(terminal: Terminal, config: Path | None, data: Path | None, lang: str) -> None:
    """Shikong (时空): one base of geographic entities, served as 3D Tiles, maps and open APIs."""
    terminal.language = lang
    terminal.config = Config.load(config, {"data": data.absolute() if data else None})


def main() -> None:
    """Run a command and exit: 0 done, 1 refused, 2 not a command."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code."""
    terminal = Terminal(as_json="--json" in arguments)
    try:
        code = shikong.main(list(arguments), "shikong", standalone_mode=False, obj=terminal)
    except Refusal as refusal:
        terminal.refusal(refusal)
        return 1
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 1
    return code if isinstance(code, int) else 0
