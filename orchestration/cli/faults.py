"""Faults that a person can mend, in one message each: what was found, what was expected, what to do."""

from pydantic import ValidationError


def explain(error: Exception) -> str | None:
    """The message for `error`, or None where only a stack trace helps."""
    import psycopg

    from api.database import DatabaseUnavailableError

    # Alembic's own statements fail as SQLAlchemy's errors, the driver's within.
    error = getattr(error, "orig", None) or error
    if isinstance(error, psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName | psycopg.errors.UndefinedColumn):
        return "found a database without the tables of this release, expected its schema to be the newest: run `hostread migrate`"
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return (
            f"found a login that may not do this: {str(error).splitlines()[0]}. Expected one that owns the database and may make "
            "roles: `alter role … createrole createdb`, or name another login in HOSTREAD_DATABASE_URL"
        )
    if isinstance(error, psycopg.OperationalError | DatabaseUnavailableError):
        return f"the database stopped answering: {str(error).strip()}. Expected it to stay reachable: look at its log and try again"
    if isinstance(error, ValidationError):
        return "\n".join(_wrong_settings(error))
    return None


def _wrong_settings(error: ValidationError) -> list[str]:
    """One line a fault; a setting by the name of its variable. Never the value of a secret."""
    lines = []
    for fault in error.errors():
        name = "_".join(["HOSTREAD", *map(str, fault["loc"])]).upper()
        found = "" if "secret" in name.lower() else f" is {fault.get('input')!r}"
        lines.append(f"{name}{found}: {fault['msg']} (see .env.example)")
    return lines
