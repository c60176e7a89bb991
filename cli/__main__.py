"""`bijou`: what one does with the platform on this machine, and with one service anywhere."""

from cli import dead_letters, new_service, replay
from deploy.local.cli import app, main

app.add_typer(dead_letters.app, name="dead-letters")
app.command()(replay.replay)
app.command()(replay.republish)
app.command()(new_service.new_service)

main()
