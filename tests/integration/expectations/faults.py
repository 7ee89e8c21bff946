"""A sound row of each raw table, and for every check the change to it that this check alone is there to see."""

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from psycopg.types.json import Jsonb

SHOW = "00000000-0000-0000-0000-0000000000a1"
SPONSOR = "00000000-0000-0000-0000-0000000000b1"
SITE = "00000000-0000-0000-0000-0000000000c1"
NOBODY = "00000000-0000-0000-0000-0000000000ff"
HASH = b"h" * 32
SHORT = b"h" * 20
SOON = "2099-01-01T00:00:00Z"
PAST = "2026-01-31T08:30:00Z"

SOUND: dict[str, dict[str, Any]] = {
    "feeds_channels": {
        "tenant_id": 1,
        "show_id": SHOW,
        "content_sha256": HASH,
        "title": "Tea & Time",
        "language": "en-GB",
        "payload": Jsonb({}),
        "fetched_at": PAST,
        "run_id": "r",
    },
    "feeds_items": {
        "tenant_id": 1,
        "show_id": SHOW,
        "episode_guid": "g-1",
        "content_sha256": HASH,
        "title": "One",
        "published_at": PAST,
        "enclosure_url": "https://cdn.example/1.mp3",
        "media_key": "cdn.example/1.mp3",
        "enclosure_bytes": 48_000_000,
        "duration_s": 3000,
        "payload": Jsonb({}),
        "fetched_at": PAST,
        "run_id": "r",
    },
    "feeds_snapshots": {
        "tenant_id": 1,
        "show_id": SHOW,
        "content_sha256": HASH,
        "item_count": 1,
        "enclosure_count": 1,
        "duration_count": 1,
        "episode_guids": ["g-1"],
        "unknown_elements": [],
        "fetched_at": PAST,
        "run_id": "r",
    },
    "hosting_downloads": {
        "tenant_id": 1,
        "show_id": SHOW,
        "source": "buzzsprout",
        "source_account": "a",
        "show_key": "s",
        "episode_key": "e",
        "episode_guid": "g-1",
        "metric": "download",
        "metric_standard": "host",
        "grain": "day",
        "period_start": "2026-01-30",
        "period_end": "2026-01-30",
        "tz": "UTC",
        "value": 7,
        "is_cumulative": False,
        "fetched_at": PAST,
        "content_sha256": HASH,
        "run_id": "r",
    },
    "logs_requests": {
        "tenant_id": 1,
        "log_source_id": NOBODY,
        "requested_at": PAST,
        "method": "GET",
        "status": 206,
        "range_start": 0,
        "range_end": 99,
        "bytes_sent": 100,
        "url": "https://cdn.example/1.mp3",
        "media_key": "cdn.example/1.mp3",
        "user_agent": "x",
        "user_agent_kind": "app",
        "user_agent_list_version": "v",
        "is_watch": False,
        "household_hash": HASH,
        "key_epoch": 1,
        "ip_class": "household",
        "ip_prefix": "203.0.113.0/24",
        "ip_list_version": "v",
        "file_size": 48_000_000,
        "header_bytes": 600_000,
        "file_offset": 0,
        "run_id": "r",
    },
    "collector_events": {
        "tenant_id": 1,
        "site_id": SITE,
        "received_at": PAST,
        "message_id": "m-1",
        "kind": "track",
        "event_name": "Order Completed",
        "anonymous_id": "a-1",
        "client_at": PAST,
        "sent_at": PAST,
        "context": Jsonb({"page": {"ip": "of no concern"}}),
        "properties": Jsonb({"revenue": 12.5, "currency": "USD"}),
        "body_sha256": HASH,
        "household_hash": HASH,
        "key_epoch": 1,
        "ip_prefix": "2001:db8:1::/48",
        "has_consent": True,
        "run_id": "r",
    },
    "campaigns_orders": {
        "tenant_id": 1,
        "sponsor_id": SPONSOR,
        "order_id": "A-1",
        "content_sha256": HASH,
        "ordered_at": PAST,
        "value_minor": 4990,
        "currency": "USD",
        "payload": Jsonb({}),
        "run_id": "r",
    },
    "campaigns_spend": {
        "tenant_id": 1,
        "sponsor_id": SPONSOR,
        "show_id": SHOW,
        "spend_date": "2026-01-30",
        "content_sha256": HASH,
        "currency": "USD",
        "spend_minor": 100_000,
        "ads_delivered": 4000,
        "conversion_count": 12,
        "revenue_minor": 90_000,
        "run_id": "r",
    },
    "campaigns_survey_answers": {
        "tenant_id": 1,
        "sponsor_id": SPONSOR,
        "response_id": "R-1",
        "answered_at": PAST,
        "answer": "A podcast",
        "run_id": "r",
    },
    "quarantine": {
        "tenant_id": 1,
        "source": "logs",
        "reason_code": "malformed",
        "reason": "found no method",
        "original": b"x",
        "run_id": "r",
    },
}

# What is changed in the sound row, or the rows that are added beside it: a list holds the change of each.
FAULTS: dict[str, dict[str, dict[str, Any] | list[dict[str, Any]]]] = {
    "feeds_channels": {
        "channels_belong_to_a_show": {"show_id": NOBODY},
        "channels_were_fetched_in_the_past": {"fetched_at": SOON},
        "channel_payloads_are_objects": {"payload": Jsonb([])},
        "channel_digests_have_32_bytes": {"content_sha256": SHORT},
        "channels_have_a_title": {"title": " \t"},
        "channels_say_their_title": {"title": None},
        "channel_languages_are_language_tags": {"language": "English (UK)"},
    },
    "feeds_items": {
        "items_have_a_guid": {"episode_guid": " "},
        "enclosures_have_a_media_key": {"media_key": None},
        "items_were_fetched_in_the_past": {"fetched_at": SOON},
        "item_digests_have_32_bytes": {"content_sha256": SHORT},
        "enclosure_sizes_are_not_negative": {"enclosure_bytes": -1},
        "durations_are_not_negative": {"duration_s": -3},
        "durations_are_under_two_days": {"duration_s": 3_000_000},
        "items_have_an_enclosure": {"enclosure_url": None, "media_key": None},
        "enclosures_are_web_addresses": {"enclosure_url": "ftp://cdn.example/1.mp3"},
        "items_are_published_within_a_year": {"published_at": SOON},
        "items_have_one_content_per_fetch": [{"content_sha256": b"i" * 32}],
    },
    "feeds_snapshots": {
        "snapshots_belong_to_a_show": {"show_id": NOBODY},
        "snapshots_were_fetched_in_the_past": {"fetched_at": SOON},
        "snapshot_counts_are_of_their_lists": {"item_count": 2},
        "snapshot_parts_are_of_their_items": {"duration_count": 2},
        "snapshot_digests_have_32_bytes": {"content_sha256": SHORT},
        "snapshots_list_an_episode": {"item_count": 0, "enclosure_count": 0, "duration_count": 0, "episode_guids": []},
    },
    "hosting_downloads": {
        "host_counts_name_an_episode": {"episode_key": ""},
        "host_counts_are_not_negative": {"value": -1},
        "host_periods_do_not_end_before_they_start": {"period_end": "2026-01-29"},
        "host_periods_have_begun": {"period_start": "2099-01-01", "period_end": "2099-01-01"},
        "host_digests_have_32_bytes": {"content_sha256": SHORT},
        "host_days_are_one_day": {"period_end": "2026-01-31"},
        "host_snapshots_are_of_one_day": {"grain": "all_time", "is_cumulative": True, "period_end": "2026-01-31"},
        "host_sources_are_known": {"source": "nowhere"},
        "host_counts_are_whole": {"value": 7.5},
        "cumulative_counts_never_fall": [
            {"is_cumulative": True, "value": 9},
            {"is_cumulative": True, "value": 8, "period_start": "2026-01-31", "period_end": "2026-01-31"},
        ],
        "host_episodes_are_known_by_guid": {"episode_guid": None},
    },
    "logs_requests": {
        "requests_lie_in_the_past": {"requested_at": SOON},
        "requests_are_of_this_century": {"requested_at": "1970-01-01T00:00:00Z"},
        "statuses_are_http_statuses": {"status": 48_000},
        "bytes_sent_are_not_negative": {"bytes_sent": -1},
        "ranges_are_ordered": {"range_start": 100},
        "file_sizes_are_positive": {"file_size": 0, "header_bytes": None},
        "headers_fit_their_file": {"header_bytes": 48_000_001},
        "request_households_have_32_bytes": {"household_hash": SHORT},
        "request_prefixes_are_truncated": {"ip_prefix": "203.0.113.9/32"},
        "methods_are_http_methods": {"method": "206"},
        "requests_name_a_file": {"media_key": ""},
    },
    "collector_events": {
        "events_have_a_message_id": {"message_id": " "},
        "events_have_an_identity": {"anonymous_id": None},
        "tracked_events_have_a_name": {"event_name": " "},
        "events_belong_to_a_site": {"site_id": NOBODY},
        "events_were_received_in_the_past": {"received_at": SOON},
        "event_digests_have_32_bytes": {"body_sha256": SHORT},
        "event_households_have_32_bytes": {"household_hash": SHORT},
        "households_are_kept_by_consent": {"has_consent": False},
        "event_contexts_hold_no_address": {"context": Jsonb({"ip": "203.0.113.9"})},
        "event_prefixes_are_truncated": {"ip_prefix": "2001:db8:1:2::/64"},
        "events_have_happened": {"client_at": "2026-02-02T08:30:00Z"},
        "event_currencies_are_iso_codes": {"properties": Jsonb({"revenue": 1, "currency": "$"})},
        "event_revenues_are_numbers": {"properties": Jsonb({"revenue": "12,50 €", "currency": "EUR"})},
    },
    "campaigns_orders": {
        "orders_have_an_id": {"order_id": " "},
        "order_currencies_are_iso_codes": {"currency": "usd"},
        "orders_lie_in_the_past": {"ordered_at": SOON},
        "orders_belong_to_a_sponsor": {"sponsor_id": NOBODY},
        "order_digests_have_32_bytes": {"content_sha256": SHORT},
        "orders_keep_their_currency": [{"currency": "EUR", "content_sha256": b"i" * 32}],
        "order_values_are_plausible": {"value_minor": -(10**13)},
    },
    "campaigns_spend": {
        "spend_is_not_negative": {"spend_minor": -1},
        "ads_delivered_are_not_negative": {"ads_delivered": -1},
        "conversion_counts_are_not_negative": {"conversion_count": -1},
        "spend_currencies_are_iso_codes": {"currency": ""},
        "spend_lies_in_the_past": {"spend_date": "2099-01-01"},
        "spend_belongs_to_a_sponsor": {"sponsor_id": NOBODY},
        "spend_belongs_to_a_show": {"show_id": NOBODY},
        "spend_digests_have_32_bytes": {"content_sha256": SHORT},
        "conversions_do_not_exceed_ads": {"conversion_count": 4001},
        "spend_revenues_are_not_negative": {"revenue_minor": -1},
    },
    "campaigns_survey_answers": {
        "survey_answers_have_an_id": {"response_id": " "},
        "survey_answers_say_something": {"answer": " "},
        "survey_answers_lie_in_the_past": {"answered_at": SOON},
        "survey_answers_belong_to_a_sponsor": {"sponsor_id": NOBODY},
    },
    "quarantine": {
        "quarantined_rows_are_under_5_percent": [{}] * 5,
        "quarantined_rows_have_a_reason": {"reason": " "},
    },
}

# What comes through the platform's own prefix is judged as a logged request is.
_IN_A_LOG = ("log_source_id", "file_offset")
SOUND["prefix_requests"] = {"show_id": SHOW} | {k: v for k, v in SOUND["logs_requests"].items() if k not in _IN_A_LOG}
FAULTS["prefix_requests"] = FAULTS["logs_requests"]


def _digest(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


# What sets the rows of the n-th fault of a table apart from all others, so that no two faults meet in one key.
DISTINCT: dict[str, Callable[[int], dict[str, Any]]] = {
    "feeds_channels": lambda n: {"content_sha256": _digest(n)},
    "feeds_items": lambda n: {"episode_guid": f"g-1-{n}"},
    "feeds_snapshots": lambda n: {"content_sha256": _digest(n)},
    "hosting_downloads": lambda n: {"episode_key": f"e-{n}"},
    "logs_requests": lambda n: {"file_offset": n},
    "prefix_requests": lambda n: {"bytes_sent": 100 + n},
    "collector_events": lambda n: {"message_id": f"m-1-{n}"},
    "campaigns_orders": lambda n: {"order_id": f"A-1-{n}"},
    "campaigns_survey_answers": lambda n: {"response_id": f"R-1-{n}"},
    "campaigns_spend": lambda n: {"spend_date": date(2026, 1, 1) + timedelta(days=n)},
}
