"""Exchange rates by day, which a tenant loads: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0120"
down_revision = "0115"


def upgrade() -> None:
    run_sql_beside(__file__)
