"""Alerts of collection, opened and closed, and their mails: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0121"
down_revision = "0120"


def upgrade() -> None:
    run_sql_beside(__file__)
