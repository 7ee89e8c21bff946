"""The first steps of an account, which a member may put away."""

from orchestration.migrate import run_sql_beside

revision = "0260"
down_revision = "0270"


def upgrade() -> None:
    run_sql_beside(__file__)
