"""Reports go out by schedule, one message per sponsor, period and version; mail that bounces or is unwanted is not sent again."""

from orchestration.migrate import run_sql_beside

revision = "0230"
down_revision = "0210"


def upgrade() -> None:
    run_sql_beside(__file__)
