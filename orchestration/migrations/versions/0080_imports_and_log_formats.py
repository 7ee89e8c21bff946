"""Log formats, files known by their content, and uploads: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0080"
down_revision = "0075"


def upgrade() -> None:
    run_sql_beside(__file__)
