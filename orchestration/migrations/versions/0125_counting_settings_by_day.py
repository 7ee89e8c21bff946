"""Counting settings hold from a day on; each change is a row of its own."""

from orchestration.migrate import predecessor, run_sql_beside

revision = "0125"
down_revision = predecessor(__file__)


def upgrade() -> None:
    run_sql_beside(__file__)
