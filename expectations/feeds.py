"""What must hold of raw.feeds_channels, raw.feeds_items and raw.feeds_snapshots."""

from expectations.rules import WORD_REGEX, Suite, between, digest, holds, matches, there

CHANNELS = Suite(
    "feeds_channels",
    """
    select
        r.show_id::text as show_id, encode(r.content_sha256, 'hex') as content, r.title, r.language,
        octet_length(r.content_sha256) as digest_bytes,
        jsonb_typeof(r.payload) = 'object' as payload_is_object,
        r.fetched_at <= now() + interval '5 minutes' as was_fetched,
        exists (select 1 from app.shows as s where s.tenant_id = r.tenant_id and s.show_id = r.show_id) as has_show
    from {rows} as r
    """,
    ("show_id", "content"),
    (
        holds("channels_belong_to_a_show", "error", "has_show", "A channel of no show of its tenant is counted for nobody."),
        holds("channels_were_fetched_in_the_past", "error", "was_fetched", "A later fetch would win over every true one."),
        holds("channel_payloads_are_objects", "error", "payload_is_object", "The models read members of it."),
        digest("channel_digests_have_32_bytes"),
        matches("channels_have_a_title", "warning", "title", WORD_REGEX, "A report would name the show by nothing."),
        there("channels_say_their_title", "warning", "title", "A feed without a title is often no feed but an error page."),
        matches(
            "channel_languages_are_language_tags",
            "warning",
            "language",
            "^[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*$",
            "RSS asks for RFC 5646.",
        ),
    ),
)

ITEMS = Suite(
    "feeds_items",
    """
    select
        r.show_id::text as show_id, md5(r.episode_guid) as episode, r.episode_guid, r.enclosure_url, r.enclosure_bytes,
        r.duration_s::float8 as duration_s,
        octet_length(r.content_sha256) as digest_bytes,
        r.enclosure_url is null or coalesce(r.media_key, '') <> '' as has_media_key,
        r.fetched_at <= now() + interval '5 minutes' as was_fetched,
        r.published_at <= now() + interval '366 days' as is_published_soon,
        not exists (
            select 1 from raw.feeds_items as o
            where
                o.tenant_id = r.tenant_id and o.show_id = r.show_id and o.episode_guid = r.episode_guid
                and o.content_sha256 <> r.content_sha256 and o.fetched_at = r.fetched_at
        ) as is_only_content_of_its_fetch
    from {rows} as r
    """,
    ("show_id", "episode"),
    (
        matches(
            "items_have_a_guid", "error", "episode_guid", WORD_REGEX, "An episode is its GUID: blank ones are all one episode."
        ),
        holds("enclosures_have_a_media_key", "error", "has_media_key", "Without it no logged request finds its episode."),
        holds("items_were_fetched_in_the_past", "error", "was_fetched", "A later fetch would win over every true one."),
        digest("item_digests_have_32_bytes"),
        between(
            "enclosure_sizes_are_not_negative", "error", "enclosure_bytes", 0, None, "The threshold of a valid download needs it."
        ),
        between("durations_are_not_negative", "error", "duration_s", 0, None, "The threshold of a valid download divides by it."),
        between(
            "durations_are_under_two_days", "warning", "duration_s", None, 172_800, "Milliseconds read as seconds look like this."
        ),
        there(
            "items_have_an_enclosure", "warning", "enclosure_url", "What has no file is never downloaded: a text post, or a fault."
        ),
        matches(
            "enclosures_are_web_addresses", "warning", "enclosure_url", "^https?://[^/]+/", "Nothing else can be fetched or logged."
        ),
        holds(
            "items_are_published_within_a_year", "warning", "is_published_soon", "A far later date is a fault of the feed's clock."
        ),
        holds(
            "items_have_one_content_per_fetch",
            "warning",
            "is_only_content_of_its_fetch",
            "A feed that names a GUID twice leaves it open which file the episode is.",
        ),
    ),
)

SNAPSHOTS = Suite(
    "feeds_snapshots",
    """
    select
        r.show_id::text as show_id, encode(r.content_sha256, 'hex') as content, r.item_count,
        octet_length(r.content_sha256) as digest_bytes,
        r.item_count = cardinality(r.episode_guids) as is_count_of_list,
        greatest(r.enclosure_count, r.duration_count) <= r.item_count as are_parts_of_all,
        r.fetched_at <= now() + interval '5 minutes' as was_fetched,
        exists (select 1 from app.shows as s where s.tenant_id = r.tenant_id and s.show_id = r.show_id) as has_show
    from {rows} as r
    """,
    ("show_id", "content"),
    (
        holds(
            "snapshots_belong_to_a_show", "error", "has_show", "The list of no show says of no episode that it is still offered."
        ),
        holds("snapshots_were_fetched_in_the_past", "error", "was_fetched", "A later one would stay the newest for good."),
        holds("snapshot_counts_are_of_their_lists", "error", "is_count_of_list", "A feed would collapse that lost nothing."),
        holds(
            "snapshot_parts_are_of_their_items", "error", "are_parts_of_all", "A share above one hides the items that lost a field."
        ),
        digest("snapshot_digests_have_32_bytes"),
        between("snapshots_list_an_episode", "warning", "item_count", 1, None, "A feed without items is a fault of its host."),
    ),
)
