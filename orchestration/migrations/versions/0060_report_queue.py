"""The report queue and the outbox: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0060"
down_revision = "0050"


def upgrade() -> None:
    run_sql_beside(__file__)
