"""The limits of what is a household: how many devices, within what time."""

from orchestration.migrate import run_sql_beside

revision = "0240"
down_revision = "0190"


def upgrade() -> None:
    run_sql_beside(__file__)
