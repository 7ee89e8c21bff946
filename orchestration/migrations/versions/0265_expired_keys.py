"""Idempotency keys of every account are swept once they are over, whether or not the account writes again."""

from orchestration.migrate import run_sql_beside

revision = "0265"
down_revision = "0260"


def upgrade() -> None:
    run_sql_beside(__file__)
