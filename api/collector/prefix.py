"""GET and HEAD of /v1/prefix/{show or site}/{rest of the enclosure URL}: the request is recorded, and the listener sent on to the
show's own file. Playback comes first: whatever fails behind it, a listener who asked for a file of the show gets it."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote
from uuid import UUID

import structlog
from starlette.types import Receive, Scope, Send

from api.collector import metrics, privacy
from api.collector.enclosures import Enclosure, NotAllowedError, enclosure
from api.collector.households import key_at
from api.collector.judging import Agents, RequestRules
from api.collector.prefix_rows import HouseholdSecret, Listener, prefix_row
from api.collector.prefix_targets import Target, Targets
from api.collector.prefix_writer import PrefixWriter
from api.collector.protocol import RefusalError, UnavailableError
from api.collector.sources import Sources
from api.settings import Network

PATH = "/v1/prefix/"
AGENT_SECONDS = 60.0
UNAVAILABLE_SECONDS = 5
log = structlog.get_logger("collector.prefix")


@dataclass(slots=True)
class PrefixService:
    """What a collector process needs to send listeners on; made once. `agents` is renewed by `keep_agents`."""

    targets: Targets
    writer: PrefixWriter
    sources: Sources
    rules: RequestRules
    trusted_proxies: tuple[Network, ...]
    run_id: str
    agents: Agents | None = None

    async def keep_agents(self, database_url: str) -> None:
        """Read the newest agent lists, again every minute; runs until it is cancelled."""
        while True:
            try:
                version = None if self.agents is None else self.agents.version
                self.agents = await asyncio.to_thread(self.rules.load_agents, database_url, version) or self.agents
                await asyncio.sleep(AGENT_SECONDS)
            except Exception as error:  # whatever it was: listeners are sent on, and the lists are read again
                log.warning("agent_lists_not_read", error=type(error).__name__)
                await asyncio.sleep(1)


class Prefix:
    """The endpoint: plain ASGI, as the events'."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            refusal = RefusalError(405, "method_not_allowed", f"found {scope['method']}, expected GET or HEAD")
            await _refuse(send, refusal, [(b"allow", b"GET, HEAD")])
            return
        service: PrefixService | None = scope["state"].get("prefix")
        try:
            if service is None:
                raise RefusalError(404, "unknown_route", "found no prefix here: this collector was started without its rules")
            requested_at = datetime.now(UTC)
            target, owner, file = await _resolve(service, scope)
        except RefusalError as refusal:
            metrics.PREFIX.labels(refusal.code).inc()
            retry = [] if refusal.retry_after is None else [(b"retry-after", str(refusal.retry_after).encode())]
            await _refuse(send, refusal, retry)
            return
        line = _judge(service, scope, target, owner, file, requested_at)
        if line is not None:
            with contextlib.suppress(Exception):
                await service.writer.record(line)
        headers = [(b"location", file.url.encode("ascii")), *_REDIRECT]
        await send({"type": "http.response.start", "status": 302, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


async def _resolve(service: PrefixService, scope: Scope) -> tuple[Target, tuple[int, UUID], Enclosure]:
    """The target, its (tenant, show) and the file. Raises RefusalError for what leads nowhere that a feed names."""
    raw = scope.get("raw_path") or scope["path"].encode("utf-8")
    path = raw.decode("latin-1").partition("?")[0].removeprefix(PATH)
    name, slash, rest = path.partition("/")
    prefix_id = _uuid(unquote(name))
    if prefix_id is None or not slash or not rest:
        raise RefusalError(
            404, "unknown_prefix", "found no show in the path, expected /v1/prefix/{show}/{rest of the enclosure URL}"
        )
    try:
        target = await service.targets.find(prefix_id)
    except UnavailableError:
        raise RefusalError(503, "database_away", "the show is not known here yet: ask again", UNAVAILABLE_SECONDS) from None
    if target is None:
        raise RefusalError(404, "unknown_prefix", "found a prefix that names no show, expected the one on the show's page")
    refused: NotAllowedError | None = None
    for show_id, allowed in target.shows:
        try:
            file = enclosure(rest, scope["query_string"].decode("latin-1"), allowed, service.rules.strip_prefixes)
        except NotAllowedError as error:
            refused = error
        else:
            return target, (target.tenant_id, show_id), file
    raise RefusalError(404, "not_an_enclosure", str(refused) if refused else "found no show with a feed, expected one")


def _judge(
    service: PrefixService, scope: Scope, target: Target, owner: tuple[int, UUID], file: Enclosure, requested_at: datetime
) -> bytes | None:
    """The row, or None where the request cannot be judged: that is counted, and the listener is not kept waiting for it."""
    headers = {name: value.decode("utf-8", "replace") for name, value in reversed(scope["headers"])}
    forwarded = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for")
    client = scope.get("client")
    packed = privacy.client_address(client[0] if client else "", forwarded, service.trusted_proxies)
    key = key_at(target.keys, requested_at)
    if packed is None or key is None or service.agents is None:
        metrics.PREFIX.labels("unjudged").inc()
        return None
    listener = Listener(
        packed, scope["method"], headers.get(b"range"), headers.get(b"user-agent", ""), headers.get(b"referer") or None
    )
    try:
        return prefix_row(
            listener, file, owner, requested_at, HouseholdSecret(key.epoch, key.secret), service.agents, service.sources.ip_classes,
            service.rules, service.run_id,
        )  # fmt: skip
    except Exception as error:  # a rule that fails on somebody's header never breaks playback
        log.error("prefix_not_judged", error=type(error).__name__)
        metrics.PREFIX.labels("unjudged").inc()
        return None


async def _refuse(send: Send, refusal: RefusalError, headers: list[tuple[bytes, bytes]]) -> None:
    body = refusal.body()
    shown = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": refusal.status, "headers": shown})
    await send({"type": "http.response.body", "body": body})


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


# Each request is to be seen here: no cache in between, and a web player of any origin may follow.
_REDIRECT = [
    (b"cache-control", b"private, no-store"),
    (b"access-control-allow-origin", b"*"),
    (b"content-length", b"0"),
]
