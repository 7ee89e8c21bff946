"""The warehouse that this process works on: the server named in the settings, or the embedded one, started when it is needed."""

import os

import psycopg
from psycopg.conninfo import conninfo_to_dict

from orchestration.errors import HostreadError
from orchestration.local import ensure_server
from orchestration.settings import Settings


class WarehouseUnreachableError(HostreadError):
    """The server named in HOSTREAD_DATABASE_URL did not answer."""


def database_url(settings: Settings) -> str:
    """The URL of the warehouse, reachable. Raises WarehouseUnreachableError or local.ServerError with what to do."""
    if settings.database_url is None:
        return ensure_server(settings.home)
    try:
        psycopg.connect(settings.database_url, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        raise WarehouseUnreachableError(
            f"no PostgreSQL answers at {masked(settings.database_url)}: {str(error).strip()}. "
            "Expected a running server, version 15 or newer: check HOSTREAD_DATABASE_URL, or unset it to use the embedded one"
        ) from error
    return settings.database_url


def dagster_database_url(settings: Settings, warehouse_url: str) -> str:
    """SQLAlchemy URL (psycopg2) of Dagster's own database, made beside the warehouse where none is named.

    Its runs write thousands of rows: sharing the warehouse's database would share its locks and its backups too.
    """
    from orchestration.migrate import sqlalchemy_url

    if settings.dagster_database_url is not None:
        return sqlalchemy_url(settings.dagster_database_url, "psycopg2")
    name = f"{conninfo_to_dict(warehouse_url).get('dbname', 'hostread')}_dagster"
    with psycopg.connect(warehouse_url, autocommit=True) as connection:
        if connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is None:
            connection.execute(f'create database "{name}" template template0 encoding utf8')
            # A run logs a thousand events, each in a commit of its own; a run whose end a power cut takes, run monitoring ends.
            connection.execute(f'alter database "{name}" set synchronous_commit = off')
    head, _, tail = warehouse_url.rpartition("/")
    _, mark, options = tail.partition("?")
    return sqlalchemy_url(f"{head}/{name}{mark}{options}", "psycopg2")


def masked(url: str) -> str:
    """The URL without its password, for messages."""
    parts = conninfo_to_dict(url)
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', '')}"


def export(settings: Settings, warehouse_url: str) -> dict[str, str]:
    """The environment of every process that Hostread starts: one place that says how settings travel."""
    return {
        **os.environ,
        "HOSTREAD_DATABASE_URL": warehouse_url,
        "HOSTREAD_SECRET_KEY": settings.resolved_secret_key(),
        "HOSTREAD_HOME": str(settings.home),
        "HOSTREAD_HOST": settings.host,
        "HOSTREAD_API_PORT": str(settings.api_port),
        "HOSTREAD_COLLECTOR_PORT": str(settings.collector_port),
        "HOSTREAD_DAGSTER_PORT": str(settings.dagster_port),
        "HOSTREAD_COLLECTOR_URL": f"http://{settings.host}:{settings.collector_port}",
        "HOSTREAD_PUBLIC_URL": settings.base_url,
        "HOSTREAD_ALLOW_PRIVATE_URLS": str(settings.allow_private_urls).lower(),
        "HOSTREAD_MAIL_FROM": settings.mail_from,
        **({"HOSTREAD_SMTP_URL": settings.smtp_url} if settings.smtp_url else {}),
        **({"HOSTREAD_LIST_SOURCES": settings.list_sources} if settings.list_sources else {}),
        "HOSTREAD_DAGSTER_URL": dagster_database_url(settings, warehouse_url),
        "DAGSTER_HOME": str(settings.home / "dagster"),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DO_NOT_TRACK": "1",
        "PYTHONWARNINGS": "ignore",
    }
