"""Lift: what was measured of each campaign, from what, and whom its owner held out; the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0147"
down_revision = "0144"


def upgrade() -> None:
    run_sql_beside(__file__)
