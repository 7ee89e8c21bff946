"""The value review: a report of the account itself, with what it said, and what it cost and saved."""

from orchestration.migrate import run_sql_beside

revision = "0267"
down_revision = "0266"


def upgrade() -> None:
    run_sql_beside(__file__)
