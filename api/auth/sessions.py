"""Logins: a signed cookie that names a row, and the form token that belongs to it."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.responses import Response

from api.auth.passwords import is_password
from api.auth.principals import Principal
from api.campaigns.events import record_audit, record_event
from api.database import AppDatabase, Writer, enter_tenant

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
        found = c.execute("select tenant_id, user_id, password_hash, role from app.find_login(%s)", [email.strip()]).fetchone()
        if not is_password(found["password_hash"] if found else None, password) or found is None:
            return None
        enter_tenant(c, found["tenant_id"])
        return start_session(c, signer, found["tenant_id"], found["user_id"], lifetime)


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
        select u.user_id, u.role, u.sponsor_id, u.email, u.display_name
        from app.sessions as s
        inner join app.users as u on u.tenant_id = s.tenant_id and u.user_id = s.user_id
        where s.session_id = %s and s.revoked_at is null and s.expires_at > now()
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
    )


def log_out(c: Writer, principal: Principal) -> None:
    """End the session: a copy of its cookie opens nothing any more."""
    c.execute("update app.sessions set revoked_at = now() where session_id = %s", [principal.session_id])
    record_audit(c, principal, "log_out", "session", str(principal.session_id))


def set_cookie(response: Response, session: Session, *, secure: bool) -> None:
    """HttpOnly, so that no script reads it; Lax, so that no other site posts with it."""
    response.set_cookie(COOKIE, session.cookie, session.max_age_s, path="/", secure=secure, httponly=True, samesite="lax")


def clear_cookie(response: Response, *, secure: bool) -> None:
    response.delete_cookie(COOKIE, path="/", secure=secure, httponly=True, samesite="lax")
