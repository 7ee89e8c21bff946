"""The live test of a site shows what was refused: the application reads the counts of its tenant."""

from orchestration.migrate import predecessor, run_sql_beside

revision = "0105"
down_revision = predecessor(__file__)


def upgrade() -> None:
    run_sql_beside(__file__)
