"""Mails that tell owners of verdicts on saturation that changed."""

from orchestration.migrate import run_sql_beside

revision = "0170"
down_revision = "0181"


def upgrade() -> None:
    run_sql_beside(__file__)
