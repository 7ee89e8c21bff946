"""Survey answers that come as files: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0136"
down_revision = "0135"


def upgrade() -> None:
    run_sql_beside(__file__)
