"""What an order's books say was taken back: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0110"
down_revision = "0105"


def upgrade() -> None:
    run_sql_beside(__file__)
