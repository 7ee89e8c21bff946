"""`hostread method`: how downloads are counted, printed from the live configuration."""

import click


@click.command()
@click.option("--tenant", help="Whose settings to state; those of the deployment without it.")
def method(tenant: str | None) -> None:
    """Print the method statement: the rules in order with their settings, windows, thresholds and the versions of the lists."""
    from orchestration.method import live_statement, to_markdown
    from orchestration.settings import settings
    from orchestration.warehouse import database_url

    click.echo(to_markdown(live_statement(database_url(settings()), tenant)))


COMMANDS = {"method": method}
