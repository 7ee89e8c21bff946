"""Roles and schemas: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0001"
down_revision = None


def upgrade() -> None:
    run_sql_beside(__file__)
