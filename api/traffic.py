"""Around every request: an id, a log line, a measurement, a limit of size, safe headers, and a problem where all else failed."""

import re
import secrets
import time

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.database import ACTING, Acting
from api.errors import PageRenderer, Recorder, as_problem, response_of
from api.monitoring.metrics import Metrics

LARGEST_BODY = 1_000_000
# Where files are taken, and what a form has beside its file.
UPLOADS = frozenset({"/v1/imports", "/imports"})
FORM_BYTES = 100_000
# No address and no key: the log has it as it is.
REQUEST_ID = re.compile(r"(?!hr_|[0-9.]+$)[A-Za-z0-9._-]{8,64}")
# Answers of the API hold no page: nothing may run or load in them. The dashboard sends a policy of its own.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=31536000; includeSubDomains"


class Traffic:
    """The outermost layer of the application."""

    def __init__(
        self,
        app: ASGIApp,
        metrics: Metrics,
        *,
        has_https: bool,
        render_page: PageRenderer | None = None,
        record: Recorder | None = None,
        largest_upload_mb: int = 1,
    ) -> None:
        self.app = app
        self.metrics = metrics
        self.render_page = render_page
        self.record = record
        self.largest_upload = largest_upload_mb * 1_000_000 + FORM_BYTES
        self.headers = {**SECURITY_HEADERS, **({"Strict-Transport-Security": HSTS} if has_https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope["request_id"] = _request_id(Headers(scope=scope))
        ACTING.set(Acting(request_id))
        started = time.perf_counter()
        status = 0
        is_broken = False

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                headers["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, _limited(receive, self._largest(scope)), send_with_headers)
        except Exception as error:  # whatever it was, the client gets a problem and we get its place
            structlog.get_logger("api").error("request_failed", request_id=request_id, exc_info=error)
            if status:
                is_broken = True
                raise  # the answer has begun: the server must break it off
            await self._answer_failure(scope, receive, send_with_headers, error, request_id)
        finally:
            self._measure(scope, request_id, 500 if is_broken else status, time.perf_counter() - started)

    def _largest(self, scope: Scope) -> int:
        """The largest body: of a file for who says who they are, little for everybody else and everything else."""
        is_upload = scope["method"] == "POST" and scope["path"] in UPLOADS
        has_name = any(name in (b"authorization", b"cookie") for name, _ in scope["headers"])
        return self.largest_upload if is_upload and has_name else LARGEST_BODY

    async def _answer_failure(self, scope: Scope, receive: Receive, send: Send, error: Exception, request_id: str) -> None:
        problem = as_problem(error)
        if self.record is not None:
            await run_in_threadpool(self.record, Request(scope), problem)
        page = self.render_page(Request(scope), problem) if self.render_page else None
        await (page or response_of(problem, request_id))(scope, receive, send)

    def _measure(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        method, route = self.metrics.answered(scope, status, seconds)
        # The route, not the path: no id, no query, no address, no body. Request, account and person are in every line (api.logs).
        structlog.get_logger("api").info(
            "request", request_id=request_id, method=method, route=route, status=status, ms=round(seconds * 1000, 1)
        )


def _request_id(headers: Headers) -> str:
    """The caller's X-Request-ID where it is a plain token, else a fresh one."""
    given = headers.get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _limited(receive: Receive, largest: int) -> Receive:
    """A body above the limit is refused while it arrives, whatever its Content-Length says."""
    received = 0

    async def receive_limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > largest:
            raise HTTPException(413, f"found a body above {largest} bytes, expected a smaller one: send it in parts")
        return message

    return receive_limited
