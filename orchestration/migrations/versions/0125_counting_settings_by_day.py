"""Counting settings hold from a day on; each change is a row of its own."""

from orchestration.migrate import run_sql_beside

revision = "0125"
down_revision = "0121"


def upgrade() -> None:
    run_sql_beside(__file__)
