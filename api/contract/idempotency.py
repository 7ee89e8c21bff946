"""`Idempotency-Key` on writes (draft-ietf-httpapi-idempotency-key-header): a request sent twice is done once.

A key is claimed by a row before the operation begins, the operation's own transaction marks that row, and its answer is kept a
day: so a repeat gets the first answer, and where the process died between the commit and the answer it is told so and not done
again. What was refused and changed nothing leaves its key free.
"""

import hmac
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID, uuid4

import orjson
from cryptography.fernet import Fernet
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.principals import Principal
from api.contract.digests import BodyDigest, derived, digest
from api.database import ACTING, AppDatabase, Row
from api.errors import FieldProblem, Problem, response_of
from api.services import Services

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
SLOT = "hostread.idempotency"
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# A string of RFC 8941 as the draft has it, or the bare token that most clients send.
KEY = re.compile(r'"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,255})')
KEPT_HEADERS = ("content-type", "location", "content-disposition")
# Longer than any statement of a request may take: who claimed it is gone.
LOST_AFTER = "2 minutes"
CLAIM = """
insert into app.idempotency_keys (tenant_id, actor_id, key_hash, request_hash, claim_id)
values (%(tenant)s, %(actor)s, %(key)s, %(request)s, %(claim)s)
on conflict (tenant_id, actor_id, key_hash) do nothing
returning claim_id
"""
FOUND = """
select
    k.claim_id, k.request_hash, k.applied_at is not null as is_applied, k.status, k.headers, k.answer_encrypted,
    k.claimed_at < now() - %(lost)s::interval as is_lost
from app.idempotency_keys as k
where k.actor_id = %(actor)s and k.key_hash = %(key)s
"""
TAKE_OVER = """
update app.idempotency_keys set claim_id = %(claim)s, claimed_at = now()
where claim_id = %(found)s and applied_at is null and status is null
returning claim_id
"""
KEEP = """
update app.idempotency_keys set status = %(status)s, headers = %(headers)s, answer_encrypted = %(answer)s
where claim_id = %(claim)s and (applied_at is not null or %(status)s < 400)
returning claim_id
"""
FREE = "delete from app.idempotency_keys where claim_id = %(claim)s and applied_at is null"
EXPIRE = "delete from app.idempotency_keys where expires_at < now()"


@dataclass(slots=True)
class Exchange:
    """One write with a key, on its way: the layer makes it, the route's dependency claims, the layer keeps the answer."""

    key: str
    body: BodyDigest
    claim: UUID | None = None
    tenant_id: int = 0
    database: AppDatabase | None = None
    secret: str = ""
    answer: list[bytes] = field(default_factory=list)


class Replay(Exception):  # noqa: N818  # an answer, and no error
    """Raised where the answer is there already."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        super().__init__(status)
        self.response = Response(body, status, {**headers, REPLAYED: "true"})


def replay(_: Request, error: Exception) -> Response:
    """The exception's answer, for the application's handlers."""
    if not isinstance(error, Replay):
        raise error
    return error.response


def claim_key(request: Request, found: Services, who: Principal) -> None:
    """Called once it is known who asks. Raises Replay with the first answer; `key-reused` where the key came with another request;
    `in-progress` where the first one is not done, or was done and its answer lost."""
    exchange: Exchange | None = request.scope.get(SLOT)
    if exchange is None:
        return
    secret = found.settings.secret_key.get_secret_value()
    said = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + exchange.body.value()
    asked: dict[str, Any] = {
        "tenant": who.tenant_id, "actor": who.actor_id, "claim": uuid4(), "lost": LOST_AFTER,
        "key": digest(secret, exchange.key.encode()), "request": digest(secret, said),
    }  # fmt: skip
    with found.database.tenant(who.tenant_id) as c:
        c.execute(EXPIRE)
        if c.execute(CLAIM, asked).fetchone() is None:
            row = c.execute(FOUND, asked).fetchone()
            if row is None:
                raise _in_progress("found this key just freed, expected a moment's patience: send the request again")
            _judge(row, asked["request"], secret)
            if c.execute(TAKE_OVER, {**asked, "found": row["claim_id"]}).fetchone() is None:
                raise _in_progress("found this key taken by another repeat, expected its answer: ask again in a moment")
    exchange.claim, exchange.tenant_id, exchange.database, exchange.secret = asked["claim"], who.tenant_id, found.database, secret
    acting = ACTING.get()
    if acting is not None:
        acting.claim = exchange.claim


def _judge(row: Row, request_hash: bytes, secret: str) -> None:
    """Returns where a claim was lost before anything was changed: it may be taken over."""
    if not hmac.compare_digest(bytes(row["request_hash"]), request_hash):
        raise Problem(
            "key-reused", f"found an {HEADER} that came with another request, expected a new key for each: make one, as a UUID",
            errors=[FieldProblem(pointer=f"/header/{HEADER}", message="used with another request")],
        )  # fmt: skip
    if row["status"] is not None:
        raise Replay(row["status"], row["headers"], Fernet(_seal_key(secret)).decrypt(bytes(row["answer_encrypted"])))
    if row["is_applied"] and row["is_lost"]:
        raise _in_progress("found that this request was carried out and its answer lost, expected no repeat: read what it made")
    if not row["is_lost"]:
        raise _in_progress("found this request still being carried out, expected its end: ask again in a moment")


def _in_progress(detail: str) -> Problem:
    return Problem("in-progress", detail, headers={"Retry-After": "1"})


class Idempotency:
    """The layer around the routes: reads the key, digests the body as it passes, and keeps the answer before it is sent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in WRITES or not scope["path"].startswith("/v1/"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if HEADER not in headers:
            await self.app(scope, receive, send)
            return
        found = KEY.fullmatch(headers[HEADER].strip())
        if found is None:
            await response_of(_unreadable(), scope.get("request_id"))(scope, receive, send)
            return
        exchange = scope[SLOT] = Exchange(found[1] or found[2], BodyDigest(headers.get("content-type", "")))

        async def receive_digested() -> Message:
            message = await receive()
            exchange.body.update(message.get("body", b""))
            return message

        held: list[Message] = []

        async def send_kept(message: Message) -> None:
            if exchange.claim is None:
                await send(message)
                return
            held.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                await run_in_threadpool(_finish, exchange, held)
                for one in held:
                    await send(one)

        try:
            await self.app(scope, receive_digested, send_kept)
        except Exception:
            if exchange.claim is not None:
                await run_in_threadpool(_finish, exchange, [])
            raise


def _finish(exchange: Exchange, held: list[Message]) -> None:
    """Keep the answer of what was done, free the key of what was not. Nothing held: the request ended in a fault of ours."""
    acting = ACTING.get()
    if acting is not None:
        acting.claim = None
    claim, database = exchange.claim, exchange.database
    exchange.claim = None
    if claim is None or database is None:
        return
    status = held[0]["status"] if held else 500
    with database.tenant(exchange.tenant_id) as c:
        # A fault of ours is no answer to keep: done or not, the mark of the transaction tells.
        if status < 500:
            headers = Headers(raw=held[0]["headers"])
            body = b"".join(message.get("body", b"") for message in held[1:])
            kept = {
                "status": status, "claim": claim, "answer": Fernet(_seal_key(exchange.secret)).encrypt(body),
                "headers": orjson.dumps({name: headers[name] for name in KEPT_HEADERS if name in headers}).decode(),
            }  # fmt: skip
            if c.execute(KEEP, kept).fetchone() is not None:
                return
        c.execute(FREE, {"claim": claim})


def _unreadable() -> Problem:
    return Problem(
        "malformed-request", f"found an {HEADER} that cannot be read, expected 1 to 255 printable characters, as a UUID: send one",
        errors=[FieldProblem(pointer=f"/header/{HEADER}", message="1 to 255 printable characters")],
    )  # fmt: skip


@lru_cache(maxsize=4)
def _seal_key(secret: str) -> bytes:
    # An answer may hold a new key or a link that opens once: it lies in the database sealed.
    return derived(secret, b"hostread idempotency\x00")
