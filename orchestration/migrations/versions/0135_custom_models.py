"""Attribution models that tenants make as rows of parameters: the SQL stands in the file of the same name."""

from orchestration.migrate import run_sql_beside

revision = "0135"
down_revision = "0131"


def upgrade() -> None:
    run_sql_beside(__file__)
