"""A login and its mailbox: confirming the address, and a new password for who lost the old one. Nothing here says who is known."""

from datetime import timedelta
from typing import Literal
from uuid import uuid4

from api.auth.passwords import hash_password
from api.auth.tokens import RESET_LIFETIME, VERIFY_LIFETIME, new_token, token_hash
from api.database import AppDatabase
from api.errors import Problem
from api.mail.postman import queue_letter
from api.services import Services

Purpose = Literal["verify", "reset"]
NO_MAIL = (
    "found no mail server in this installation, expected HOSTREAD_SMTP_URL: ask who runs it for a link "
    "(`hostread tenant reset-link --email …`)"
)


def ask(found: Services, email: str, purpose: Purpose, address: str) -> None:
    """Send a link to the address if it has a use for one. The look-up is done after the answer: its time tells nothing either.

    Raises `too-many-requests`, and `unavailable` where the installation sends no mail.
    """
    email = email.strip().lower()
    found.rates.hit(found.settings.recovery_rate, f"{purpose}-address", address)
    found.rates.hit(found.settings.recovery_rate, f"{purpose}-account", email)
    if not found.postman.is_on:
        raise Problem("conflict", NO_MAIL)
    send(found, email, purpose)


def send(found: Services, email: str, purpose: Purpose) -> None:
    """Queue the mail, for known and unknown addresses alike; its link is let open when it is sent."""
    with found.database.transaction() as c:
        queue_letter(c, uuid4(), purpose, email)
    found.postman.wake()


def make_token(database: AppDatabase, email: str, purpose: Purpose) -> str | None:
    """A fresh token, or None where the address has no use for it: unknown, or confirmed already."""
    token, digest = new_token()
    lifetime: timedelta = VERIFY_LIFETIME if purpose == "verify" else RESET_LIFETIME
    with database.transaction() as c:
        row = c.execute(
            "select app.make_login_token(%s, %s, %s, %s) as made", [email.lower(), purpose, digest, lifetime]
        ).fetchone()
    return token if row is not None and row["made"] else None


def use_token(database: AppDatabase, token: str, purpose: Purpose, password: str | None = None) -> str:
    """The address whose token this was, now confirmed; a reset sets the password and ends every session. Raises `not-found`."""
    password_hash = hash_password(password) if password is not None else None
    with database.transaction() as c:
        row = c.execute("select app.use_login_token(%s, %s, %s) as email", [token_hash(token), purpose, password_hash]).fetchone()
    if row is None or row["email"] is None:
        raise Problem("not-found", "found no link that still opens behind this token, expected a fresh one: ask for another mail")
    return str(row["email"])


def is_verified(database: AppDatabase, email: str | None) -> bool:
    """Whether the address has shown that mail reaches it."""
    with database.transaction() as c:
        row = c.execute("select app.is_verified(%s) as yes", [email or ""]).fetchone()
    return bool(row and row["yes"])
