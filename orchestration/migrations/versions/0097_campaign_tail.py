"""The part of the live tail that campaigns are made of: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0097"
down_revision = "0096"


def upgrade() -> None:
    run_sql_beside(__file__)
