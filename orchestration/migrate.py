"""Bring a database to the current schema. Plain SQL, ordered and recorded by Alembic."""

from pathlib import Path

import psycopg
from alembic import command, op
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from orchestration.errors import HostreadError

MIGRATIONS = Path(__file__).parent / "migrations"
OLDEST_SERVER = 150000
# One migration at a time, whoever starts it.
MIGRATION_LOCK = 0x486F7374


class UnsupportedServerError(HostreadError):
    """The server is older than the oldest PostgreSQL that Hostread runs on."""


def run_sql_beside(revision_file: str) -> None:
    """Execute the `.sql` file that stands beside a revision's `.py` file, in the migration's transaction."""
    # The driver's own connection: SQLAlchemy would read the `%I` of format() as a placeholder.
    driver_connection = op.get_bind().connection.driver_connection
    assert driver_connection is not None  # noqa: S101
    driver_connection.execute(Path(revision_file).with_suffix(".sql").read_text("utf-8"))


def sqlalchemy_url(database_url: str, driver: str = "psycopg") -> str:
    """Name the driver in a libpq URL: SQLAlchemy's default is neither psycopg 3 nor, from 2.1 on, psycopg2."""
    scheme, _, rest = database_url.partition("://")
    return (
        f"{scheme.split('+')[0].replace('postgres', 'postgresql', 1) if scheme == 'postgres' else 'postgresql'}+{driver}://{rest}"
    )


def migrate(database_url: str) -> str:
    """Migrate to the newest revision and return its number. Raises UnsupportedServerError below PostgreSQL 15."""
    with psycopg.connect(database_url, autocommit=True) as lock:
        version = lock.info.server_version
        if version < OLDEST_SERVER:
            raise UnsupportedServerError(
                f"found PostgreSQL {version // 10000}.{version % 10000}, expected 15 or newer: "
                "name a newer server in HOSTREAD_DATABASE_URL, or unset it to use the embedded one"
            )
        lock.execute("select pg_advisory_lock(%s)", [MIGRATION_LOCK])
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        engine = create_engine(sqlalchemy_url(database_url), poolclass=NullPool)
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        row = lock.execute("select version_num from public.schema_version").fetchone()
    if row is None:
        raise RuntimeError("no row in public.schema_version after migrating, expected one: look at the migration's log")
    return str(row[0])
