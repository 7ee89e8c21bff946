"""Event functions: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0040"
down_revision = "0006"


def upgrade() -> None:
    run_sql_beside(__file__)
