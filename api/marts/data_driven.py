"""Markov and Shapley credit of a campaign's sponsor, by show, episode, placement, position or channel."""

from uuid import UUID

from psycopg import sql

from api.marts.builds import current_build
from api.marts.campaigns import get_campaign
from api.marts.credit import is_shown_live
from api.marts.models import Money
from api.marts.models.data_driven import DataDrivenAttribution, DataDrivenChannel, DataDrivenFit, Granularity
from api.marts.money import to_share
from api.marts.warehouse import Reader, Row, has_table, rows_by_kept_plan

ROWS = sql.SQL("""
select
    d.model, d.channel, d.currency, d.campaign_id, d.placement_id, d.show_id, d.episode_guid, d.joint_channel, d.verdict, d.reason,
    d.share, d.share_low, d.share_high, d.share_error, d.effect, d.conversions_ppb, d.revenue_minor, d.converted_count,
    d.lost_count, d.model_version, d.seed, d.markov_order, d.is_exact, d.fitted_build_id, d.fitted_at,
    s.title as show_title, c.name as campaign_name, p.position, t.title as episode_title
from {mart} as d
left join app.shows as s on d.tenant_id = s.tenant_id and d.show_id = s.show_id
left join app.campaigns as c on d.tenant_id = c.tenant_id and d.campaign_id = c.campaign_id
left join app.placements as p on d.tenant_id = p.tenant_id and d.placement_id = p.placement_id
left join lateral (
    select i.title
    from raw.feeds_items as i
    where i.tenant_id = d.tenant_id and i.show_id = d.show_id and i.episode_guid = d.episode_guid
    order by i.fetched_at desc
    limit 1
) as t on d.granularity = 'episode'
where d.sponsor_id = %(sponsor_id)s and d.goal_kind = %(goal_kind)s and d.granularity = %(granularity)s
order by d.model, d.share desc nulls last, d.channel, d.currency
""")
MART = "data_driven_attribution"


def campaign_data_driven(
    c: Reader, campaign_id: UUID, granularity: Granularity = "placement", *, live: bool = True
) -> DataDrivenAttribution:
    """The last published fits of the campaign's sponsor and goal, which share out what the build attributes or, `live`, that and
    what came since; without any, no rows.

    Raises NotFoundError, and NotBuiltError before the first build.
    """
    campaign = get_campaign(c, campaign_id)
    build = current_build(c)
    asked = {"sponsor_id": campaign.sponsor_id, "goal_kind": campaign.goal_kind, "granularity": granularity}
    is_live = is_shown_live(c, MART, live=live)
    rows = _rows(c, asked, is_live=is_live) if has_table(c, MART) else []
    names = {row["channel"]: channel_name(row) for row in rows}
    for joint in {row["joint_channel"] for row in rows if row["joint_channel"]}:
        members = sorted({names[row["channel"]] for row in rows if row["joint_channel"] == joint})
        names[joint] = "Together: " + "; ".join(members)
    fits = {row["model"]: _fit(row) for row in sorted(rows, key=lambda row: row["verdict"] != "estimated", reverse=True)}
    return DataDrivenAttribution(
        build=build,
        campaign_id=campaign_id,
        granularity=granularity,
        fits=[fits[model] for model in sorted(fits)],
        channels=[_channel(row, names[row["channel"]], campaign_id) for row in rows],
        is_live=is_live,
    )


def _rows(c: Reader, asked: Row, *, is_live: bool) -> list[Row]:
    query = ROWS.format(mart=sql.Identifier("marts", f"{MART}_live" if is_live else MART))
    return rows_by_kept_plan(c, query, asked) if is_live else c.execute(query, asked).fetchall()


def channel_name(row: Row) -> str:
    """A channel in words, from its key and the names of what it is."""
    kind, _, key = row["channel"].partition(":")
    show = row["show_title"] or "A show"
    if kind == "elsewhere":
        return f"Elsewhere: {key}"
    if kind == "position":
        return "No position known" if key == "none" else str(key).replace("_", "-").capitalize()
    if kind == "placement":
        return f"{show}, {(row['position'] or 'placement').replace('_', '-')} ({row['campaign_name'] or 'campaign'})"
    if kind == "episode":
        return f"{show}: {row['episode_title'] or row['episode_guid']}"
    if kind == "show":
        return str(show)
    return f"{row['campaign_name'] or 'A campaign'}, no placement named" if kind == "campaign" else "Podcast sponsorships"


def _fit(row: Row) -> DataDrivenFit:
    # A channel that cannot be told from others does not make its fit so.
    verdict = row["verdict"] if row["reason"] else "estimated"
    return DataDrivenFit(**{name: row[name] for name in DataDrivenFit.model_fields if name != "verdict"}, verdict=verdict)


def _channel(row: Row, name: str, campaign_id: UUID) -> DataDrivenChannel:
    known = {field: row[field] for field in DataDrivenChannel.model_fields if field in row}
    return DataDrivenChannel(
        **known,
        name=name,
        is_own=row["campaign_id"] == campaign_id,
        conversions=None if row["conversions_ppb"] is None else to_share(row["conversions_ppb"]),
        revenue=None if row["revenue_minor"] is None else Money.of(row["revenue_minor"], row["currency"]),
        converted_journeys=row["converted_count"],
        lost_journeys=row["lost_count"],
    )
