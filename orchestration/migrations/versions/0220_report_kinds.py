"""Reports of several kinds, their period, language and version; and how an account's reports look."""

from orchestration.migrate import run_sql_beside

revision = "0220"
down_revision = "0170"


def upgrade() -> None:
    run_sql_beside(__file__)
