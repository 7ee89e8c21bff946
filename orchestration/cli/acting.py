"""The command acts as a tenant's owner: the same functions, checks and traces as the API's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from pydantic import BaseModel, ValidationError

from api.auth.principals import Principal
from api.database import AppDatabase, Writer
from api.errors import Problem
from orchestration.errors import HostreadError
from orchestration.settings import settings
from orchestration.warehouse import database_url

Entry = TypeVar("Entry", bound=BaseModel)
TENANT_HELP = "The tenant's slug; not needed where there is one alone (hostread tenant list)."


def entered(model: type[Entry], names: Mapping[str, str], **values: Any) -> Entry:
    """`values` as the API's own model of them; `names` says how the command calls a field. Raises HostreadError, a line a fault."""
    try:
        return model(**values)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        lines = [f"{names[str(fault['loc'][0])]}: {fault['msg'].removeprefix('Value error, ')}" for fault in faults]
        raise HostreadError("\n".join(lines)) from error


def find_owner(slug: str | None) -> Principal:
    """The owner of the tenant `slug`, or of the only one. Raises HostreadError naming the tenants there are."""
    with psycopg.connect(database_url(settings())) as connection:
        rows = connection.execute(
            "select distinct on (t.slug) t.slug, t.tenant_id, u.user_id from app.tenants as t "
            "inner join app.users as u on u.tenant_id = t.tenant_id and u.role = 'owner' and u.removed_at is null "
            "order by t.slug, u.created_at"
        ).fetchall()
    chosen = [row for row in rows if slug in (None, row[0])]
    if len(chosen) != 1:
        names = ", ".join(row[0] for row in rows)
        if not rows:
            raise HostreadError("found no tenant, expected one: create it with `hostread tenant create`")
        if slug is None:
            raise HostreadError(f"found {len(rows)} tenants, expected to be told which: give one of {names} as --tenant")
        raise HostreadError(f"found no tenant {slug}, expected one of: {names}")
    _, tenant_id, user_id = chosen[0]
    return Principal(tenant_id=tenant_id, role="owner", actor_kind="user", actor_id=user_id, user_id=user_id)


@contextmanager
def acting(slug: str | None) -> Iterator[tuple[Writer, Principal]]:
    """A transaction of the tenant's owner; a problem that the API would answer becomes one clear message."""
    owner = find_owner(slug)
    database = AppDatabase(database_url(settings()), max_size=1)
    try:
        with database.tenant(owner.tenant_id) as connection:
            yield connection, owner
    except Problem as problem:
        raise HostreadError(str(problem)) from problem
    finally:
        database.close()
