"""One embedded server per test worker, one migrated template, one database per test that asks for it."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

# Before anything of the project is imported: no test sees the checkout's own state, and no two workers share theirs.
os.environ["HOSTREAD_HOME"] = tempfile.mkdtemp(prefix="hostread-test-")

from orchestration.local import ensure_server, remove_server
from orchestration.migrate import migrate

# A test's server may lose everything at once: nobody reads it again.
FAST = {"fsync": "off", "full_page_writes": "off"}


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of this worker's own embedded server, on its database `postgres`."""
    home: Path = tmp_path_factory.mktemp("server")
    url = ensure_server(home, "postgres", FAST)
    yield url
    remove_server(home)


@pytest.fixture(scope="session")
def template_url(server_url: str) -> str:
    """A migrated, empty database that tests copy and never write to."""
    url = database(server_url, "template_hostread")
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute('create database "template_hostread"')
    migrate(url)
    return url


@pytest.fixture
def database_url(server_url: str, template_url: str) -> Iterator[str]:
    """A fresh, migrated database of the test's own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'create database "{name}" template template_hostread')
        yield database(server_url, name)
        connection.execute(f'drop database "{name}" with (force)')


def database(server_url: str, name: str) -> str:
    return f"{server_url.rsplit('/', 1)[0]}/{name}"
