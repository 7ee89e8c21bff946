"""Saturation: fits by day with their curves, what is advised on them, a sponsor's limits, and verdicts as they change."""

from orchestration.migrate import run_sql_beside

revision = "0144"
down_revision = "0141"


def upgrade() -> None:
    run_sql_beside(__file__)
