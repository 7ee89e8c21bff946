"""What a feed listed at each change, and where shows moved to: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0070"
down_revision = "0010"


def upgrade() -> None:
    run_sql_beside(__file__)
