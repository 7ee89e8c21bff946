"""Windows by kind of evidence and of conversion, and proposals of others: computed beside the published build, then decided on."""

from orchestration.migrate import run_sql_beside

revision = "0160"
down_revision = "0150"


def upgrade() -> None:
    run_sql_beside(__file__)
