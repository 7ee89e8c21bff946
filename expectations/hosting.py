"""What must hold of raw.hosting_downloads, the statistics of hosts."""

from expectations.rules import WORD_REGEX, Suite, between, digest, holds, matches, there

DOWNLOADS = Suite(
    "hosting_downloads",
    """
    select
        r.hosting_download_id, r.episode_key, r.episode_guid, r.value::float8 as value,
        octet_length(r.content_sha256) as digest_bytes,
        r.period_end - r.period_start as period_days,
        r.period_start <= (now() + interval '1 day')::date as has_begun,
        r.value = trunc(r.value) as is_whole,
        case when r.grain = 'day' then r.period_end <= r.period_start end as is_one_day,
        case when r.is_cumulative and r.grain <> 'day' then r.period_end <= r.period_start end as is_of_one_day,
        r.source in (select d.source from app.download_sources as d) as is_known_source,
        case
            when r.is_cumulative and r.metric <> 'follower' then r.value >= coalesce(
                (
                    select p.value from raw.hosting_downloads as p
                    where
                        p.tenant_id = r.tenant_id and p.source = r.source and p.source_account = r.source_account
                        and p.show_key = r.show_key and p.episode_key = r.episode_key and p.metric = r.metric and p.grain = r.grain
                        and p.period_end <= r.period_end and p.dimension = r.dimension and p.dimension_value = r.dimension_value
                        and p.is_cumulative and p.hosting_download_id < r.hosting_download_id
                    order by p.period_end desc, p.hosting_download_id desc limit 1
                ), r.value
            )
        end as does_not_fall
    from {rows} as r
    """,
    ("hosting_download_id",),
    (
        matches("host_counts_name_an_episode", "error", "episode_key", WORD_REGEX, "A count of no episode adds up with nothing."),
        between("host_counts_are_not_negative", "error", "value", 0, None, "A download cannot be taken back."),
        between("host_periods_do_not_end_before_they_start", "error", "period_days", 0, None, "Such a period holds no day."),
        holds("host_periods_have_begun", "error", "has_begun", "A day that has not begun anywhere on Earth has no downloads."),
        digest("host_digests_have_32_bytes"),
        holds(
            "host_days_are_one_day",
            "error",
            "is_one_day",
            "A day's count that covers more days would be added to counts of the same downloads.",
        ),
        holds(
            "host_snapshots_are_of_one_day",
            "warning",
            "is_of_one_day",
            "A counter is differenced by the day on which it was read: two ends would be two days.",
        ),
        holds(
            "host_sources_are_known",
            "warning",
            "is_known_source",
            "A source that app.download_sources does not name cannot be asked for in the API.",
        ),
        holds("host_counts_are_whole", "warning", "is_whole", "A fraction is an average or an estimate, and no count."),
        holds(
            "cumulative_counts_never_fall", "warning", "does_not_fall", "A negative step is a restatement to look at (section 2)."
        ),
        there(
            "host_episodes_are_known_by_guid",
            "warning",
            "episode_guid",
            "Without its GUID a count stands beside no other source's.",
        ),
    ),
)
