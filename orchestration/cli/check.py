"""`hostread check`: what CI proves of the wiring without a database."""

import click
from pydantic import SecretStr

from orchestration.errors import HostreadError
from orchestration.settings import PROJECT_ROOT

CONTRACTS = PROJECT_ROOT / "docs" / "contracts.md"
METHOD = PROJECT_ROOT / "docs" / "method.md"
ENDPOINTS = PROJECT_ROOT / "docs" / "endpoints.md"


@click.command()
@click.option("--write-docs", is_flag=True, help="Write docs/contracts.md, method.md and endpoints.md anew from the code.")
def check(write_docs: bool) -> None:
    """Parse the dbt project, validate the Dagster definitions, and hold the pages made from code against it."""
    from orchestration.contracts import contracts_page
    from orchestration.dbt_command import prepare_manifest
    from orchestration.method import docs_page

    manifest = prepare_manifest()
    page = contracts_page(manifest)
    stated = docs_page()
    if write_docs:
        ENDPOINTS.write_text(_endpoints(), "utf-8")
        CONTRACTS.write_text(page, "utf-8")
        METHOD.write_text(stated, "utf-8")
    if not CONTRACTS.exists() or CONTRACTS.read_text("utf-8") != page:
        raise HostreadError("docs/contracts.md is not what the models say, expected it made from them: hostread check --write-docs")
    if not METHOD.exists() or METHOD.read_text("utf-8") != stated:
        raise HostreadError("docs/method.md is not what the code says, expected it made from it: hostread check --write-docs")
    click.echo(f"dbt parse: {page.count('## `marts.')} marts, their contracts are documented")
    import dagster as dg

    from orchestration.definitions import defs

    dg.Definitions.validate_loadable(defs)
    graph = defs.resolve_asset_graph()
    click.echo(f"Dagster definitions: {len(graph.get_all_asset_keys())} assets, {len(graph.asset_check_keys)} checks, they load")


def _endpoints() -> str:
    from api.contract.reference import reference_page
    from api.main import create_app
    from api.settings import ApiSettings

    # No server is asked: the document is the code's.
    settings = ApiSettings(database_url=SecretStr("postgresql://127.0.0.1:9/none"), secret_key=SecretStr("of no use at all"))
    return reference_page(create_app(settings).openapi())


COMMANDS = {"check": check}
