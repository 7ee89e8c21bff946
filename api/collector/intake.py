"""One request to the rows it becomes: key, origin, envelope, events, households."""

import base64
import binascii
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple

import orjson

from api.collector import privacy, protocol, signing
from api.collector.batches import Quarantined, Receipt
from api.collector.body import Envelope, Item, parse
from api.collector.conversions import may_convert
from api.collector.events import MADE_ID, Event, read_event
from api.collector.households import HouseholdKey, key_at, live_keys
from api.collector.privacy import IpClasses, household_hash
from api.collector.protocol import FaultError, RefusalError
from api.collector.rates import Rates
from api.collector.rows import Household, copy_row
from api.collector.sources import Source, Sources
from api.collector.storage import Stored
from api.collector.writer import GroupWriter
from api.settings import Network

# Libraries that run on the visitor's own device: the sender's address is the visitor's.
DEVICE_LIBRARIES = (
    "analytics.js", "attribution.js", "rudderlabs javascript sdk", "jitsu", "analytics-ios", "analytics-swift", "analytics-android",
    "analytics-kotlin", "analytics-react-native", "analytics-flutter", "rudder-ios-library", "com.rudderstack.android",
    "rudderstack-",
)  # fmt: skip
NO_HOUSEHOLD = Household()


class Sender(NamedTuple):
    """What the connection and the headers say of who sends. `peer` is a raw address: used, never stored or logged."""

    peer: str
    forwarded_for: str
    is_browser: bool
    authorization: str
    origin: str
    user_agent: str
    gpc: str
    timestamp: str
    signature: str


class Arrival(NamedTuple):
    """What holds for every event of one request. `address` is raw and packed: hashed, never stored or logged."""

    source: Source
    sender: Sender
    received_at: datetime
    moment: str
    address: bytes | None
    verification: str
    key: HouseholdKey | None
    live_keys: tuple[HouseholdKey, ...]


@dataclass(frozen=True, slots=True)
class Intake:
    """What a collector process needs to take a request in; made once."""

    sources: Sources
    writer: GroupWriter
    trusted_proxies: tuple[Network, ...]
    run_id: str
    rates: Rates = field(default_factory=Rates)

    async def take(self, text: bytes, kind: str, sender: Sender, tracked: list[Source]) -> tuple[str, ...]:
        """Take in a decoded body sent to the route of `kind`; return when it is on disk, with the codes of the faults that
        were quarantined. The source is put into `tracked` once known, so that a refusal can be counted under it.

        Raises RefusalError for what becomes no event, UnavailableError while the database is away.
        """
        received_at = datetime.now(UTC)
        address = privacy.client_address(sender.peer, sender.forwarded_for, self.trusted_proxies)
        network = None if address is None else privacy.prefix(address)
        key = basic_key(sender.authorization)
        try:
            envelope = parse(text, kind)
        except RefusalError as refusal:
            self.rates.take_network(network, 1, time.monotonic())
            if key is not None:
                await self._keep_unreadable(key, text, refusal, sender, tracked)
            raise
        # Before the key is looked up: whoever tries keys pays too. A signature is believed once it was checked.
        count = len(envelope.items)
        self.rates.take_network(network, 1 if sender.signature else count, time.monotonic())
        source = await self._source(key or body_key(envelope), sender, tracked)
        verification = signing.verify(sender.timestamp, sender.signature, text, source.signing_keys, received_at.timestamp())
        if sender.signature and verification != signing.SIGNED:
            self.rates.take_network(network, count, time.monotonic())
        self.rates.take_key(source.columns[1], count, source.site.events_per_second, time.monotonic())
        arrival = Arrival(
            source, sender, received_at, received_at.isoformat(), address, verification, key_at(source.keys, received_at),
            live_keys(source.keys, received_at),
        )  # fmt: skip
        return await self.store(envelope, None if kind == protocol.BATCH else kind, len(text), arrival)

    async def store(self, envelope: Envelope, kind: str | None, size: int, arrival: Arrival) -> tuple[str, ...]:
        """Commit the events of an envelope whose source is known."""
        source, shared = arrival.source, envelope.shared if kind is None else {}
        events: list[Stored] = []
        faults: list[Quarantined] = []
        for place, item in enumerate(envelope.items):
            try:
                events.append(self._event(item, kind, shared, size, arrival, place))
            except FaultError as fault:
                faults.append(_quarantined(item, kind, source, shared, fault.code, fault.reason))
        if events or faults:
            # Counted as they were split, before any was judged: received = accepted + quarantined.
            await self.writer.commit(events, faults, _receipt(source, arrival.moment, len(envelope.items)))
        if not faults:
            return ()
        return tuple(sorted({fault.code for fault in faults}))

    def _event(self, item: Item, kind: str | None, shared: dict[str, Any], size: int, arrival: Arrival, place: int) -> Stored:
        if item.fault is not None:
            raise item.fault
        assert item.message is not None  # noqa: S101
        if item.text is not None:
            size = len(item.text)
        elif size > protocol.EVENT_BYTES:
            size = len(orjson.dumps(item.message))
        source, sender = arrival.source, arrival.sender
        event = read_event(item.message, kind, shared, size, sender.gpc)
        if arrival.verification == signing.SIGNED and event.message_id.startswith(MADE_ID):
            event = event._replace(message_id=signing.made_id(sender.signature, place))
        from_browser = sender.is_browser or event.library.lower().startswith(DEVICE_LIBRARIES)
        household = self._household(event, arrival, from_browser)
        user_agent = event.user_agent or (sender.user_agent if from_browser else None)
        line = copy_row(event, source.columns, arrival.moment, household, user_agent, self.run_id, arrival.verification)
        return Stored(line, partial(_quarantined, item, kind, source, shared))

    def _household(self, event: Event, arrival: Arrival, from_browser: bool) -> Household:
        """A server's own address is nobody's household: without context.ip its events have none."""
        if not event.has_consent:
            return NO_HOUSEHOLD
        packed = privacy.pack(event.address_text) if event.address_text else None
        if packed is None and from_browser:
            packed = arrival.address
        if packed is None:
            return NO_HOUSEHOLD
        # Of its own epoch: when it happened, which for what waited in a client's queue is before it came.
        key = arrival.key if len(arrival.source.keys) < 2 else key_at(arrival.source.keys, happened_at(event, arrival.received_at))
        live = arrival.live_keys if may_convert(event.kind, event.event_name) else ()
        return _household(packed, key, live, self.sources.ip_classes)

    async def _source(self, key: str | None, sender: Sender, tracked: list[Source]) -> Source:
        if key is None:
            raise RefusalError(
                401, "no_write_key", "found no write key, expected `writeKey` in the body or Basic authentication with it"
            )
        source = await self.sources.find(key)
        if source is None:
            raise RefusalError(401, "unknown_write_key", "found a write key that names no site, expected one from the site's page")
        tracked.append(source)
        allowed = source.site.allowed_origins
        if sender.origin and allowed and not _is_allowed(sender.origin, allowed):
            raise RefusalError(
                403, "origin_not_allowed", "found an Origin that the site does not list: add it to the site's origins"
            )
        return source

    async def _keep_unreadable(self, key: str, text: bytes, refusal: RefusalError, sender: Sender, tracked: list[Source]) -> None:
        """A body that no event can be told apart in, under a good key: its bytes are kept for whoever looks for them."""
        source = await self._source(key, sender, tracked)
        self.rates.take_key(source.columns[1], 1, source.site.events_per_second, time.monotonic())
        unreadable = _quarantined(Item(None, text=text), None, source, {}, refusal.code, refusal.message)
        await self.writer.commit([], [unreadable], _receipt(source, datetime.now(UTC).isoformat(), 1))
        refusal.is_kept = True


def happened_at(event: Event, received_at: datetime) -> datetime:
    """The client's time corrected by its clock (domain rules, section 3), never after the receipt."""
    if event.client_at is None:
        return received_at
    return min(received_at, event.client_at if event.sent_at is None else received_at - (event.sent_at - event.client_at))


def basic_key(authorization: str) -> str | None:
    """The user name of Basic authentication, where the clients put the write key; the password is empty and not looked at."""
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key = base64.b64decode(credentials.strip(), validate=True).decode("ascii").partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return None
    return key or None


def body_key(envelope: Envelope) -> str | None:
    """The write key in the body: beside the events, or, as RudderStack's older libraries batch, in the first of them."""
    if isinstance(key := envelope.shared.get("writeKey"), str):
        return key or None
    places = (*(item.message for item in envelope.items[:1] if item.message is not None),)
    return next((key for place in places if isinstance(key := place.get("writeKey"), str) and key), None)


def _receipt(source: Source, received_at: str, count: int) -> Receipt:
    return Receipt(source.site.tenant_id, source.columns[1], received_at, count)


def _is_allowed(origin: str, allowed: tuple[str, ...]) -> bool:
    """An entry names an origin (`https://shop.example`) or only its host, which then may be served by http too."""
    host = origin.partition("://")[2]
    return any(entry in ("*", origin, host) for entry in allowed)


def _quarantined(item: Item, kind: str | None, source: Source, shared: dict[str, Any], code: str, reason: str) -> Quarantined:
    """`shared` is what the batch says of all its events: kept beside the one, without addresses, for its replay."""
    context: dict[str, Any] = {"site_id": source.columns[1], "kind": kind}
    if said := {name: shared[name] for name in ("context", "sentAt") if shared.get(name)}:
        written = privacy.scrub(orjson.dumps(said))
        if len(written) <= protocol.EVENT_BYTES and b"\\u0000" not in written:
            context["shared"] = orjson.loads(written)
    message_id = item.message.get("messageId") if item.message is not None else None
    if isinstance(message_id, str):
        context["message_id"] = message_id[: protocol.MESSAGE_ID_CHARACTERS].replace("\0", "")
    return Quarantined(source.site.tenant_id, code, reason, item.original(), context)


@lru_cache(maxsize=65_536)
def _household(packed: bytes, key: HouseholdKey | None, live: tuple[HouseholdKey, ...], classes: IpClasses) -> Household:
    return Household(
        hash=None if key is None else household_hash(key.secret, packed),
        key_epoch=None if key is None else key.epoch,
        ip_class=classes.judge(packed),
        ip_prefix=privacy.prefix(packed),
        ip_list_version=classes.version,
        hashes=tuple((each.epoch, household_hash(each.secret, packed)) for each in live),
    )
