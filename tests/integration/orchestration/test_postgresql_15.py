"""The schema on the oldest server that Hostread supports: Debian's PostgreSQL 15, started here as a person would."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from orchestration.local import SERVICE_USER, layout
from orchestration.migrate import migrate

BINARIES = Path("/usr/lib/postgresql/15/bin")
pytestmark = pytest.mark.skipif(
    not BINARIES.exists() and "CI" not in os.environ, reason="PostgreSQL 15 is not installed: .ci/run installs it"
)


@pytest.fixture(scope="module")
def old_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL 15 that trusts loopback."""
    user = layout(tmp_path_factory.mktemp("layout")).user
    place = Path("/tmp/hostread-pg15") if user else tmp_path_factory.mktemp("pg15")  # noqa: S108
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    if user:
        shutil.chown(place, SERVICE_USER, SERVICE_USER)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*command: str) -> None:
        subprocess.run(
            command, user=user, group=user, extra_groups=[] if user else None, cwd="/", check=True, stdout=subprocess.DEVNULL
        )

    run(str(BINARIES / "initdb"), "-D", str(place / "data"), "-U", "postgres", "--auth=trust", "--locale=C.UTF-8")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    run(str(BINARIES / "pg_ctl"), "-D", str(place / "data"), "-w", "-o", options, "-l", str(place / "log"), "start")
    yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    run(str(BINARIES / "pg_ctl"), "-D", str(place / "data"), "-m", "immediate", "-w", "stop")
    shutil.rmtree(place, ignore_errors=True)


def test_the_schema_migrates_on_15_and_again_changes_nothing(old_server: str) -> None:
    first = migrate(old_server)
    assert migrate(old_server) == first
    with psycopg.connect(old_server) as connection:
        assert connection.info.server_version // 10000 == 15
        connection.execute("set role hostread_reader")
        assert connection.execute("select count(*) from raw.collector_events").fetchone() == (0,)


def test_a_login_that_is_no_superuser_migrates_the_database_that_it_owns(old_server: str) -> None:
    """A hosted PostgreSQL gives no superuser: making roles and databases must be enough."""
    with psycopg.connect(old_server, autocommit=True) as connection:
        connection.execute("create role plain_owner login createrole createdb")
        connection.execute("create database plain owner plain_owner")
    plain = old_server.replace("postgres@", "plain_owner@").replace("/postgres", "/plain")
    assert migrate(plain) == migrate(plain)
    with psycopg.connect(plain) as connection:
        connection.execute("set role hostread_transform")
        assert connection.execute("select count(*) from marts.builds").fetchone() == (0,)
