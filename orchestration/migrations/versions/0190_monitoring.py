"""What the platform knows of its own health: answers and page loads by the minute, processes, rules, alerts and their mails."""

from orchestration.migrate import run_sql_beside

revision = "0190"
down_revision = "0231"


def upgrade() -> None:
    run_sql_beside(__file__)
