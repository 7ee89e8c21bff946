"""What a read asks the database, and how long that takes alone: the same SQL, with the same roles, by connections that are kept."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import requests
from starlette.testclient import TestClient

from api.main import create_app
from api.settings import ApiSettings


@dataclass(frozen=True)
class Asked:
    """One statement of a read, and the role that it was asked as."""

    role: str
    query: Any
    values: Any
    prepare: bool | None


@contextmanager
def application(env: Mapping[str, str], http: requests.Session) -> Iterator[TestClient]:
    """The application in this process, on the same database and as the same login."""
    settings = ApiSettings(database_url=env["HOSTREAD_DATABASE_URL"], secret_key=env["HOSTREAD_SECRET_KEY"], log_level="CRITICAL")
    with TestClient(create_app(settings), client=("127.0.0.1", 1)) as client:
        client.cookies.update(http.cookies.get_dict())
        yield client


def statements(client: TestClient, address: str) -> list[Asked]:
    """All that one read asks, in order. Raises RuntimeError where it answers no 200."""
    said: list[Asked] = []
    execute = psycopg.Cursor.execute

    def told(self: Any, query: Any, params: Any = None, **kwargs: Any) -> Any:
        options = self.connection.info.get_parameters().get("options", "")
        # An empty statement is the pool asking whether its connection lives.
        if query:
            said.append(Asked(options.partition("role=")[2].partition(" ")[0], query, params, kwargs.get("prepare")))
        return execute(self, query, params, **kwargs)

    psycopg.Cursor.execute = told  # type: ignore[method-assign]
    try:
        answer = client.get(address)
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]
    if answer.status_code != 200:
        raise RuntimeError(f"found {answer.status_code} at {address} in this process, expected 200: {answer.text[:300]}")
    return said


class Bare:
    """Kept connections, one a role."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._kept: dict[str, psycopg.Connection[Any]] = {}

    def seconds(self, asked: Sequence[Asked]) -> float:
        """Time of all of a read's statements, fetched; nothing that they write stays."""
        began = time.perf_counter()
        for one in asked:
            cursor = self._connection(one.role).execute(one.query, one.values, prepare=one.prepare)
            if cursor.description is not None:
                cursor.fetchall()
        for connection in self._kept.values():
            connection.rollback()
        return time.perf_counter() - began

    def _connection(self, role: str) -> psycopg.Connection[Any]:
        if role not in self._kept:
            self._kept[role] = psycopg.connect(self._url, options=f"-c role={role}" if role else "")
        return self._kept[role]
