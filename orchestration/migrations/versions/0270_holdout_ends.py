"""A holdout's last day may be changed."""

from orchestration.migrate import run_sql_beside

revision = "0270"
down_revision = "0200"


def upgrade() -> None:
    run_sql_beside(__file__)
