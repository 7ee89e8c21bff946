"""What an API key may do, by the tag of the operation: a verb for all, a verb for one resource, or one of a few bundles."""

import re
from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import AfterValidator

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
ALL = ("read", "write", "reports", "admin")
# Who may do what in the account: no verb covers it, since a key with `write` would make itself a greater one.
ADMIN = frozenset({"api_keys", "members", "audit"})
BUNDLES: Mapping[str, frozenset[str]] = {
    "reports": frozenset({"reports", "report_schedules"}),
    "operator": frozenset({"hosting", "imports", "collection", "counting", "currency_rates", "builds", "statistics", "monitoring"}),
    "admin": ADMIN,
}
RESOURCES = frozenset(
    {
        "accounts", "analytics", "attribution_models", "attribution_settings", "builds", "campaigns", "collection",
        "conversions", "counting", "currency_rates", "customers", "delivery", "fraud", "hosting", "identity", "imports", "lift",
        "metrics", "monitoring", "network", "report_schedules", "reports", "saturation", "shows", "sites", "sponsors",
        "statistics", "success",
    }
)  # fmt: skip
# Who asks: every key may know what it is.
OPEN = frozenset({"users", "sessions"})
SCOPE = re.compile(r"(read|write):([a-z_]+)")


def permits(scopes: Collection[str], method: str, tag: str) -> bool:
    """Whether a key with these scopes may call an operation of `tag` by `method`."""
    if tag in OPEN or any(tag in tags for name, tags in BUNDLES.items() if name in scopes):
        return True
    verb = "read" if method in SAFE else "write"
    return tag not in ADMIN and (verb in scopes or f"{verb}:{tag}" in scopes)


def needed(method: str, tag: str) -> str:
    """The scopes that would do, for the message of a refusal."""
    if tag in ADMIN:
        return "admin"
    verb = "read" if method in SAFE else "write"
    return " or ".join([verb, f"{verb}:{tag}", *(name for name, tags in BUNDLES.items() if tag in tags)])


def known_scope(scope: str) -> str:
    found = SCOPE.fullmatch(scope)
    if scope in ("read", "write", *BUNDLES) or (found is not None and found[2] in RESOURCES):
        return scope
    raise ValueError(
        f"found the scope {scope!r}, expected read, write, reports, operator, admin, or read:… or write:… of a resource"
    )


Scope = Annotated[str, AfterValidator(known_scope)]
