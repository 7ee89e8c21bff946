"""Dagster's storage in PostgreSQL with a connection held open, where its own opens one for every event."""

from collections.abc import Mapping
from typing import Any

from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_engine, pg_url_from_config

# Held open for each of the three storages of a process: an event is written by two, one within the other. More at once are closed
# as they come back. A connection that the server has closed meanwhile is found before it is used.
POOL: Mapping[str, Any] = {"pool_size": 2, "max_overflow": 16, "pool_recycle": 3_600, "pool_pre_ping": True}


class HeldPostgresStorage(DagsterPostgresStorage):
    """dagster-postgres' storage. A run writes two thousand events: to log in for each takes more than to write it."""

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> "HeldPostgresStorage":
        made = cls(inst_data=inst_data, postgres_url=pg_url_from_config(config_value))
        for storage in (made._run_storage, made._event_log_storage, made._schedule_storage):
            storage._engine = create_pg_engine(made.postgres_url, isolation_level="AUTOCOMMIT", **POOL)
        return made
