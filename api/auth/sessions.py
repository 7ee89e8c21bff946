"""Logins: a signed cookie that names a row, and the form token that belongs to it."""

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.responses import Response

from api.auth.passwords import is_password
from api.auth.principals import Principal
from api.campaigns.events import record_audit, record_event
from api.database import AppDatabase, Row, Writer, enter_tenant
from api.errors import not_found

COOKIE = "hostread_session"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"


@dataclass(frozen=True, slots=True)
class Session:
    """A login that has just begun, and the value of its cookie."""

    principal: Principal
    cookie: str
    max_age_s: int


class Signer:
    """Signs session ids and form tokens with the secret key; each purpose has a salt of its own."""

    def __init__(self, secret_key: str) -> None:
        self._cookies = URLSafeSerializer(secret_key, salt="hostread.session")
        self._forms = URLSafeSerializer(secret_key, salt="hostread.csrf")

    def cookie(self, tenant_id: int, session_id: UUID) -> str:
        return str(self._cookies.dumps([tenant_id, session_id.hex]))

    def read_cookie(self, value: str) -> tuple[int, UUID] | None:
        """(tenant, session) of a cookie that we signed, else None."""
        try:
            tenant_id, session_id = self._cookies.loads(value)
            return int(tenant_id), UUID(session_id)
        except (BadSignature, ValueError, TypeError, AttributeError):
            return None

    def csrf_token(self, session_id: UUID) -> str:
        return str(self._forms.dumps(session_id.hex))

    def is_csrf_token(self, session_id: UUID, token: str) -> bool:
        """itsdangerous compares signatures in constant time; the id inside must be this session's."""
        try:
            return bool(self._forms.loads(token) == session_id.hex)
        except BadSignature:
            return False


def log_in(database: AppDatabase, signer: Signer, email: str, password: str, lifetime: timedelta) -> Session | None:
    """A new session, or None where the address is unknown or the password wrong: the same answer after the same work."""
    with database.transaction() as c:
        found = _find_login(c, email, password)
        if found is None:
            return None
        enter_tenant(c, found["tenant_id"])
        return start_session(c, signer, found["tenant_id"], found["user_id"], lifetime)


def is_login(database: AppDatabase, email: str, password: str) -> bool:
    """Whether somebody signs in with these two."""
    with database.transaction() as c:
        return _find_login(c, email, password) is not None


def _find_login(c: Writer, email: str, password: str) -> Row | None:
    found = c.execute("select tenant_id, user_id, password_hash, role from app.find_login(%s)", [email.strip()]).fetchone()
    return found if is_password(found["password_hash"] if found else None, password) else None


def start_session(c: Writer, signer: Signer, tenant_id: int, user_id: UUID, lifetime: timedelta) -> Session:
    """Begin a session of this user in a transaction that has entered the tenant."""
    row = c.execute(
        "insert into app.sessions (tenant_id, user_id, expires_at) values (%s, %s, now() + %s) returning session_id",
        [tenant_id, user_id, lifetime],
    ).fetchone()
    c.execute("update app.users set last_login_at = now() where user_id = %s", [user_id])
    c.execute("delete from app.sessions where user_id = %s and expires_at < now()", [user_id])
    principal = find_session(c, tenant_id, row["session_id"]) if row else None
    assert principal is not None and principal.session_id is not None  # noqa: S101  # the row was made in this transaction
    record_event(c, principal, "user.logged_in")
    record_audit(c, principal, "log_in", "session", principal.session_id)
    return Session(principal, signer.cookie(tenant_id, principal.session_id), int(lifetime.total_seconds()))


def find_session(c: Writer, tenant_id: int, session_id: UUID) -> Principal | None:
    """The user of a session that is neither over nor logged out, as the user's row says today."""
    row = c.execute(
        """
        select u.user_id, u.role, u.sponsor_id, u.email, u.display_name, ops.is_operator(u.tenant_id, u.user_id) as is_operator
        from app.sessions as s
        inner join app.users as u on u.tenant_id = s.tenant_id and u.user_id = s.user_id
        where s.session_id = %s and s.revoked_at is null and s.expires_at > now() and u.removed_at is null
        """,
        [session_id],
    ).fetchone()
    if row is None:
        return None
    return Principal(
        tenant_id,
        row["role"],
        "user",
        row["user_id"],
        row["user_id"],
        row["sponsor_id"],
        session_id,
        row["email"],
        row["display_name"],
        is_operator=row["is_operator"],
    )


def switch_account(database: AppDatabase, signer: Signer, who: Principal, slug: str, lifetime: timedelta) -> Session:
    """End this session and begin one of the same login in another of its accounts. Raises `not-found` for one of nobody's or
    somebody else's alike."""
    with database.transaction() as c:
        there = _membership(c, who, slug)
        enter_tenant(c, who.tenant_id)
        log_out(c, who)
        enter_tenant(c, there.tenant_id)
        return start_session(c, signer, there.tenant_id, there.actor_id, lifetime)


def in_account(database: AppDatabase, who: Principal, slug: str) -> Principal:
    """The same session as a member of another of its login's accounts. Raises `not-found` as switch_account does."""
    with database.transaction() as c:
        return _membership(c, who, slug)


def memberships(c: Writer, who: Principal) -> list[Row]:
    """One row per account of the login behind a person, by name; of a key there is none."""
    return c.execute(
        "select * from app.find_memberships(%s, %s)", [who.tenant_id, who.user_id if who.session_id else None]
    ).fetchall()


def _membership(c: Writer, who: Principal, slug: str) -> Principal:
    for row in memberships(c, who):
        if row["slug"] == slug:
            return replace(
                who, tenant_id=row["tenant_id"], role=row["role"], actor_id=row["user_id"], user_id=row["user_id"],
                sponsor_id=row["sponsor_id"],
            )  # fmt: skip
    raise not_found("account", slug[:63])


def log_out(c: Writer, principal: Principal) -> None:
    """End the session: a copy of its cookie opens nothing any more."""
    c.execute("update app.sessions set revoked_at = now() where session_id = %s", [principal.session_id])
    record_audit(c, principal, "log_out", "session", str(principal.session_id))


def set_cookie(response: Response, session: Session, *, secure: bool) -> None:
    """HttpOnly, so that no script reads it; Lax, so that no other site posts with it."""
    response.set_cookie(COOKIE, session.cookie, session.max_age_s, path="/", secure=secure, httponly=True, samesite="lax")


def clear_cookie(response: Response, *, secure: bool) -> None:
    response.delete_cookie(COOKIE, path="/", secure=secure, httponly=True, samesite="lax")
