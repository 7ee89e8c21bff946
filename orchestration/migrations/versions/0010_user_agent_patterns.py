"""User-agent patterns: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0010"
down_revision = "0041"


def upgrade() -> None:
    run_sql_beside(__file__)
