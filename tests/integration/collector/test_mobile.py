"""Bodies as the mobile SDKs document them, restated from the public pages that each case names; and the hashes of what converts."""

import base64
import hashlib
import hmac
from typing import Any

import psycopg

KEY, SECRET = "hrw_integration_0000000000", b"k" * 32
BASIC = {"authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode(), "x-forwarded-for": "203.0.113.9"}
HOME = bytes([203, 0, 113, 9])
SEGMENT_FIELDS = "https://segment.com/docs/connections/spec/common/"
SEGMENT_MOBILE = "https://segment.com/docs/connections/spec/mobile/"
RUDDERSTACK = "https://www.rudderstack.com/docs/rudderstack-api/api-specification/application-lifecycle-events-spec/"
# The fixture `collector` of conftest.py, whose type cannot be imported from here.
Collector = Any


def device(library: str, system: str, maker: str) -> dict[str, Any]:
    """The context that SEGMENT_FIELDS describes for an app on a phone."""
    return {
        "app": {"name": "Acme", "version": "2.1.0", "build": "210", "namespace": "com.example.acme"},
        "device": {"id": f"{maker}-1", "manufacturer": maker, "model": "X1", "name": "phone", "type": system.lower()},
        "library": {"name": library, "version": "4.0.0"}, "locale": "de-CH", "network": {"cellular": True, "wifi": False},
        "os": {"name": system, "version": "17.2"}, "screen": {"width": 390, "height": 844, "density": 3},
        "timezone": "Europe/Zurich",
    }  # fmt: skip


# (public page, library, event or None for a screen, properties, whether it may convert)
CASES: list[tuple[str, str, str | None, dict[str, Any], bool]] = [
    (SEGMENT_MOBILE, "analytics-ios", "Application Installed", {"version": "2.1.0", "build": 210}, True),
    (SEGMENT_MOBILE, "analytics-kotlin", "Application Opened", {"from_background": False, "version": "2.1.0", "build": 210}, True),
    (SEGMENT_MOBILE, "analytics-swift", "Application Backgrounded", {}, False),
    (SEGMENT_MOBILE, "analytics-android", "Application Updated", {"previous_version": "2.0.9", "previous_build": 209}, False),
    (SEGMENT_MOBILE, "analytics-swift", "Deep Link Opened", {"url": "acme://offer?utm_campaign=spring"}, False),
    (SEGMENT_FIELDS, "analytics-ios", None, {"name": "Offer"}, False),
    (RUDDERSTACK, "rudder-ios-library", "Application Installed", {"version": "11.1.7"}, True),
    (RUDDERSTACK, "com.rudderstack.android.sdk.core", "Application Opened",
     {"from_background": False, "referring_application": "Mail", "url": "https://shop.example/best", "version": "11.1.7"}, True),
]  # fmt: skip


def test_mobile_bodies_arrive_whole_and_installs_and_openings_may_convert(collector: Collector, database_url: str) -> None:
    other = b"n" * 32
    with psycopg.connect(database_url) as connection:
        connection.execute("update app.household_keys set valid_to = now() - interval '1 day' where tenant_id = 1")
        for epoch, secret, starts in ((4, other, "now() - interval '1 day'"), (5, b"f" * 32, "timestamptz '2999-01-01'")):
            connection.execute(
                f"insert into app.household_keys (tenant_id, key_epoch, secret, valid_from) values (1, %s, %s, {starts})",
                [epoch, secret],
            )
    batch = []
    for number, (_, library, event, properties, _) in enumerate(CASES):
        system = "Android" if "android" in library or "kotlin" in library else "iOS"
        batch.append(
            {
                "type": "track" if event else "screen",
                "messageId": f"m{number}",
                "anonymousId": "A-1",
                "event": event,
                "properties": properties,
                "context": device(library, system, "Maker"),
                "integrations": {},
                "originalTimestamp": "2026-02-02T10:00:00.250Z",
                "name": None if event else "Offer",
            }
        )
    # One that waited in the phone's queue since before the keys changed: hashed under its own epoch.
    late = {**batch[2], "messageId": "late", "originalTimestamp": "2026-01-31T10:00:01Z"}
    body = {"batch": [*batch, late], "sentAt": "2026-02-02T10:00:01.250Z"}
    body["batch"][0]["originalTimestamp"] = "2026-02-02T10:00:01.250Z"
    assert collector.client.post("/v1/batch", json=body, headers=BASIC).json() == {"success": True}
    rows = collector.rows(
        "select message_id, event_name, properties, context, household_hash, key_epoch, household_hashes, household_epochs, "
        "ip_class from raw.collector_events order by event_id"
    )
    assert len(rows) == len(CASES) + 1 and collector.quarantined() == []
    old, new = (hmac.new(secret, HOME, hashlib.sha256).digest() for secret in (SECRET, other))
    for row, (page, library, event, properties, converts) in zip(rows, CASES, strict=False):
        assert (row[1], row[2]) == (event or "Offer", properties), page
        assert row[3]["library"]["name"] == library and {"app", "device", "os", "screen", "network"} <= row[3].keys(), page
        # From the device itself, so the sender's address is the visitor's; the key that is not yet in force hashes nothing.
        assert (row[4], row[5], row[8]) == (new, 4, "household"), page
        assert (row[6], row[7]) == (([old, new], [3, 4]) if converts else (None, None)), page
    received = rows[-1]
    assert (received[0], received[4], received[5]) == ("late", old, 3)
