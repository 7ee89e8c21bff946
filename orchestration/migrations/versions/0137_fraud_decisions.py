"""What people decide on fraud, and the published attribution that a build restated: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0137"
down_revision = "0136"


def upgrade() -> None:
    run_sql_beside(__file__)
