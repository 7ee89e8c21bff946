"""What people decide on merges of ids, and the limits of merging: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0140"
down_revision = "0137"


def upgrade() -> None:
    run_sql_beside(__file__)
