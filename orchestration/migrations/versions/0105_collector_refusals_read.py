"""The live test of a site shows what was refused: the application reads the counts of its tenant."""

from orchestration.migrate import run_sql_beside

revision = "0105"
down_revision = "0101"


def upgrade() -> None:
    run_sql_beside(__file__)
