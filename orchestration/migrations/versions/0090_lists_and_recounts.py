"""Lists as versioned data, recounts and decisions on anomalies: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0090"
down_revision = "0085"


def upgrade() -> None:
    run_sql_beside(__file__)
