"""Restored databases, and the last of the row checks: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0096"
down_revision = "0095"


def upgrade() -> None:
    run_sql_beside(__file__)
