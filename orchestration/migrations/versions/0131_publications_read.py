"""Answers change with a publication of fits too: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0131"
down_revision = "0130"


def upgrade() -> None:
    run_sql_beside(__file__)
