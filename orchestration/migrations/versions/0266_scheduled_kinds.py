"""A schedule's message carries the kinds of report that it names, not campaign reports alone."""

from orchestration.migrate import run_sql_beside

revision = "0266"
down_revision = "0265"


def upgrade() -> None:
    run_sql_beside(__file__)
