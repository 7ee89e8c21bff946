"""`hostread check`: what CI proves of the wiring without a database."""

import click


@click.command()
def check() -> None:
    """Parse the dbt project and validate the Dagster definitions."""
    from orchestration.dbt_command import prepare_manifest

    manifest = prepare_manifest()
    click.echo(f"dbt parse: {manifest}")
    import dagster as dg

    from orchestration.definitions import defs

    dg.Definitions.validate_loadable(defs)
    graph = defs.resolve_asset_graph()
    click.echo(f"Dagster definitions: {len(graph.get_all_asset_keys())} assets, {len(graph.asset_check_keys)} checks, they load")


COMMANDS = {"check": check}
