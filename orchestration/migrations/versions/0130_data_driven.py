"""Data-driven attribution: what was estimated, from what, and how sure: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0130"
down_revision = "0126"


def upgrade() -> None:
    run_sql_beside(__file__)
