"""`hostread host`: an account from the command line, whose credential is in no argument, and a month read again."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
import pytest

from orchestration.cli.host import month_days
from orchestration.errors import HostreadError

COMMAND = [sys.executable, "-c", "from orchestration.cli import main; main()", "host"]


def run(url: str, *arguments: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    others = {name: value for name, value in os.environ.items() if name != "HOSTREAD_HOST_CREDENTIAL"}
    environment = others | {"HOSTREAD_DATABASE_URL": url, "HOSTREAD_SECRET_KEY": "k" * 32, "HOSTREAD_ALLOW_PRIVATE_URLS": "true"}
    return subprocess.run(
        [*COMMAND, *arguments], env=environment | variables, input=given, capture_output=True, text=True, timeout=120, check=False
    )


def test_an_account_is_added_read_listed_and_switched_off(tenant: Any, serve: Callable[[Any], Any], documented: Any) -> None:
    with psycopg.connect(tenant.url) as connection:
        connection.execute(
            "insert into app.users (tenant_id, email, role) values (%s, 'owner@one.example', 'owner')", [tenant.tenant_id]
        )
    host = documented.Transistor()
    host.counts = {date(2026, 2, 20): {"12": 4}}
    server = serve(host)
    where = ["--at", "transistor", "--show", "99", "--base-url", server.url]
    refused = run(tenant.url, "add", str(tenant.show_id), *where)
    assert refused.returncode == 1 and "found no credential" in refused.stderr
    added = run(tenant.url, "add", str(tenant.show_id), *where, given=f"{host.credential}\n")
    assert added.returncode == 0, added.stderr
    account = added.stdout.split()[1].rstrip(":")
    pulled = run(tenant.url, "pull", account, "--month", "2026-02")
    assert pulled.returncode == 0 and "transistor 99: landed, 1 values" in pulled.stdout, pulled.stdout + pulled.stderr
    wrong = run(tenant.url, "change", account, HOSTREAD_HOST_CREDENTIAL="wrong-sekret")
    failed = run(tenant.url, "pull")
    assert wrong.returncode == 0 and failed.returncode == 1 and "check the account's credential" in failed.stdout
    listed = run(tenant.url, "list")
    assert "Transistor 99  Show  read" in listed.stdout and "check the account's credential" in listed.stdout
    off = run(tenant.url, "change", account, "--off")
    assert "is off" in off.stdout and "expected one: see" in run(tenant.url, "pull").stderr
    for done in (refused, added, pulled, wrong, failed, listed, off):
        assert "sekret" not in done.stdout + done.stderr


def test_no_option_takes_a_credential() -> None:
    from orchestration.cli.host import host

    names = {option for command in host.commands.values() for parameter in command.params for option in parameter.opts}
    assert not [name for name in names if any(word in name for word in ("credential", "token", "key", "secret", "password"))]


@pytest.mark.parametrize(
    ("month", "days"),
    [("2026-02", (date(2026, 2, 1), date(2026, 2, 28))), ("2025-12", (date(2025, 12, 1), date(2025, 12, 31)))],
)
def test_a_month_is_its_days(month: str, days: tuple[date, date]) -> None:
    assert month_days(month) == days


@pytest.mark.parametrize("month", ["2026", "2026-13", "february", "2026-02-01"])
def test_what_is_no_month_is_said(month: str) -> None:
    with pytest.raises(HostreadError, match="expected one such as 2026-02"):
        month_days(month)
