"""Collector tail: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0041"
down_revision = "0060"


def upgrade() -> None:
    run_sql_beside(__file__)
