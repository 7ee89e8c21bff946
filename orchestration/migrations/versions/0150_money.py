"""Money: placements paid by a share of revenue, and a sponsor's lifetime value of a customer; the SQL is in the .sql."""

from orchestration.migrate import run_sql_beside

revision = "0150"
down_revision = "0147"


def upgrade() -> None:
    run_sql_beside(__file__)
