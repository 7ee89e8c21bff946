"""What a build made again of conversions, touches and credit, kept until those that follow have followed it."""

from orchestration.migrate import run_sql_beside

revision = "0272"
down_revision = "0271"


def upgrade() -> None:
    run_sql_beside(__file__)
