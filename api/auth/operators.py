"""Who runs the platform: people named by `hostread operator add`, whatever they are in their own account.

A role is given by the owner of an account, and anybody may open one: it says nothing about the platform.
"""

from typing import Annotated

from fastapi import Depends

from api.auth.dependencies import PrincipalDep, ServicesDep
from api.auth.principals import Principal
from api.database import AppDatabase
from api.errors import Problem

# A key that only reads its account is given to tools and sponsors: it shows nothing of the platform.
SCOPES = frozenset({"operator", "read:monitoring"})


def runs_platform(database: AppDatabase, principal: Principal) -> bool:
    """Whether this person, or the maker of this key where the key was made for it, runs the platform."""
    if principal.session_id is not None:
        return principal.is_operator
    if principal.role == "sponsor" or principal.user_id is None or SCOPES.isdisjoint(principal.scopes or ()):
        return False
    with database.tenant(principal.tenant_id) as c:
        row = c.execute("select ops.is_operator(%s, %s) as is_operator", [principal.tenant_id, principal.user_id]).fetchone()
    return bool(row and row["is_operator"])


def _operator(principal: PrincipalDep, found: ServicesDep) -> Principal:
    if not runs_platform(found.database, principal):
        raise Problem(
            "forbidden",
            "found nobody who runs this platform, expected an operator: `hostread operator add` names one, whose key "
            "needs the scope operator or read:monitoring",
        )
    return principal


OperatorDep = Annotated[Principal, Depends(_operator)]
