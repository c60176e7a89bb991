"""`bijou`: what one does with the platform on this machine, and with one service anywhere. One file per subject."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from cli.console import stop

# Command → the file that has it.
FILES = {
    "up": "up",
    "down": "up",
    "reset": "up",
    "dev": "dev",
    "status": "status",
    "logs": "status",
    "accounts": "status",
    "mail": "mail",
    "profile": "profile",
    "ingest": "ingest",
    "import": "importing",
    "undo-import": "importing",
    "web": "web",
    "new-service": "new_service",
    "dead-letters": "dead_letters",
    "replay": "replay",
    "republish": "replay",
    "search": "search",
    "events": "events",
    "experiments": "experiments",
    "lake": "lake",
    "erase": "erase",
    "erased": "erase",
    "train": "training",
    "evaluate": "training",
    "recommend": "recommend",
    "backup": "backup",
    "backups": "backup",
    "restore": "backup",
    "keys": "keys",
    "doctor": "doctor",
    "drain": "drain",
}


class Commands(TyperGroup):
    """Loads a file when one of its commands is called: `status` need not wait for all that services stand on."""

    # Any: Typer carries a Click of its own, under a private name.
    def list_commands(self, ctx: Any) -> list[str]:
        return list(FILES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in FILES:
            return None
        group = get_group(import_module(f"cli.{FILES[cmd_name]}").app)
        found = group.commands.get(cmd_name, group)
        found.name = cmd_name
        return found

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a file or folder that cannot be used is told in a line, not as a traceback."""
        try:
            return super().invoke(ctx)
        except Exception as failure:
            from deploy.local.data import Damaged

            if isinstance(failure, OSError) and failure.filename is not None:
                stop(f"{failure.strerror}: {failure.filename}")
            if isinstance(failure, Damaged):
                stop(str(failure))
            raise


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def bijou() -> None:
    """Bijou: the platform on this machine, and each of its services anywhere."""


if __name__ == "__main__":
    app(prog_name="bijou")
