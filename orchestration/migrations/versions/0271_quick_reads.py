"""The events of the live tail that touch a campaign, found by their message; the service level by hours."""

from orchestration.migrate import run_sql_beside

revision = "0271"
down_revision = "0267"


def upgrade() -> None:
    run_sql_beside(__file__)
