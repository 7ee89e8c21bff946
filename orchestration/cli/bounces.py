"""`hostread bounce`: bounces and complaints about reports' mails, from files or a pipe."""

import sys
from pathlib import Path

import click

from orchestration.settings import settings
from orchestration.warehouse import database_url


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
def bounce(files: tuple[Path, ...]) -> None:
    """Mark what FILES say: messages as they came back (RFC 3464, RFC 5965), or mbox files; `-` is one message from a pipe.

    For an alias of a mail server: bounces: "|hostread bounce -". What says nothing of our mails is told and is no fault.
    """
    from assets.delivery.returned import read_file, take_messages

    url = database_url(settings())
    for file in files:
        contents = [sys.stdin.buffer.read()] if str(file) == "-" else list(read_file(file))
        counts, said = take_messages(url, contents)
        click.echo(f"{file}: " + (", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())) or "no message"))
        for line in said:
            click.echo(f"  {line}", err=True)


COMMANDS = {"bounce": bounce}
