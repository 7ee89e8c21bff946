"""The audit log holds every change of what people enter, written by a trigger, with the value before and after."""

from orchestration.migrate import run_sql_beside

revision = "0181"
down_revision = "0180"


def upgrade() -> None:
    run_sql_beside(__file__)
