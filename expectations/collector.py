"""What must hold of raw.collector_events, whoever wrote them."""

from expectations.rules import CURRENCY_REGEX, SHA256_BYTES, WORD_REGEX, Suite, between, digest, holds, matches, truncated_prefix

EVENTS = Suite(
    "collector_events",
    r"""
    select
        r.event_id, r.message_id, r.ip_prefix,
        octet_length(r.body_sha256) as digest_bytes,
        octet_length(r.household_hash) as household_bytes,
        coalesce(r.anonymous_id, r.user_id) is not null as has_identity,
        r.kind <> 'track' or r.event_name ~ '\S' as has_name,
        r.received_at <= now() + interval '5 minutes' as was_received,
        r.client_at <= coalesce(r.sent_at, r.received_at) + interval '1 day' as has_happened,
        r.has_consent or r.household_hash is null as household_has_consent,
        not (r.context -> 'ip' is not null) as holds_no_address,
        exists (select 1 from app.sites as s where s.tenant_id = r.tenant_id and s.site_id = r.site_id) as has_site,
        r.properties ->> 'currency' as currency,
        case
            when r.properties ->> 'revenue' is not null then r.properties ->> 'revenue' ~ '^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?$'
        end as revenue_is_number
    from {rows} as r
    """,
    ("event_id",),
    (
        matches(
            "events_have_a_message_id",
            "error",
            "message_id",
            WORD_REGEX,
            "It is what a retry is known by: blank ones are one event.",
        ),
        holds("events_have_an_identity", "error", "has_identity", "Nobody's event can be credited to nobody's touch."),
        holds("tracked_events_have_a_name", "error", "has_name", "The name says whether it is a purchase."),
        holds("events_belong_to_a_site", "error", "has_site", "An event of no site of its tenant is no sponsor's conversion."),
        holds("events_were_received_in_the_past", "error", "was_received", "A later receipt lies beyond the seal of its day."),
        digest("event_digests_have_32_bytes"),
        between(
            "event_households_have_32_bytes",
            "error",
            "household_bytes",
            SHA256_BYTES,
            SHA256_BYTES,
            "A hash of another length is no HMAC-SHA256: it never meets an exposure's household.",
        ),
        holds(
            "households_are_kept_by_consent", "error", "household_has_consent", "Consent was refused and the match would be made."
        ),
        holds("event_contexts_hold_no_address", "error", "holds_no_address", "No raw address is stored (domain rules, section 5)."),
        truncated_prefix("event_prefixes_are_truncated"),
        holds(
            "events_have_happened",
            "warning",
            "has_happened",
            "An event a day after it was sent has a clock that no correction mends.",
        ),
        matches(
            "event_currencies_are_iso_codes",
            "warning",
            "currency",
            CURRENCY_REGEX,
            "An amount in no currency is left out of revenue.",
        ),
        holds("event_revenues_are_numbers", "warning", "revenue_is_number", "A revenue such as '12,50 €' counts as none."),
    ),
)
