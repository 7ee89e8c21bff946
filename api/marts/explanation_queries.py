"""What an explanation reads, each by an index, for the one conversion. Keys of people are compared here and never selected."""

CONVERSION = """
select
    v.conversion_id, v.conversion_kind, v.origin_conversion_id, v.sponsor_id, v.order_id, v.converted_at, v.value_minor, v.currency,
    v.is_verified, v.is_value_malformed, v.owner_campaign_id, v.owner_touch_kind, v.is_code_ambiguous, v.is_owner_household_only,
    coalesce(o.name, '') as owner_campaign_name
from marts.attribution_conversions as v
left join app.campaigns as o on v.tenant_id = o.tenant_id and v.owner_campaign_id = o.campaign_id
where v.conversion_id = %(conversion_id)s and (%(sponsor_id)s::uuid is null or v.sponsor_id = %(sponsor_id)s)
"""

# The purchase that the path was looked up for: a refund inherits its order's.
SUBJECT = """
select
    v.conversion_kind, v.converted_at, v.ip_class, v.has_consent, v.previous_converted_at,
    v.household_hash is not null as has_household, v.anonymous_id is not null as has_browser, v.user_id is not null as has_user
from marts.attribution_conversions as v
where v.conversion_id = %(subject_id)s
"""

PATH = """
select c.*, coalesce(a.name, '') as campaign_name, s.title as show_title
from marts.attribution_credits as c
left join app.campaigns as a on c.tenant_id = a.tenant_id and c.campaign_id = a.campaign_id
left join app.shows as s on c.tenant_id = s.tenant_id and c.show_id = s.show_id
where c.conversion_id = %(conversion_id)s and c.touch_kind <> 'unattributed'
order by c.path_position
"""

# Touches near the conversion that share a key with it and are not in its path, by the indexes of marts.attribution_touches, which
# lead with the sponsor: so one look-up per sponsor. The first reason that holds is named, in the order of domain rules, section 5.
_MATCHED = {
    "household": (
        "t.household_hash = h.household_hash and t.key_epoch = h.key_epoch",
        "cross join lateral unnest(coalesce(v.household_hashes, array[v.household_hash]), "
        "coalesce(v.household_epochs, array[v.key_epoch])) as h (household_hash, key_epoch)",
    ),
    "browser": ("t.anonymous_id = v.anonymous_id", ""),
    "user": ("t.user_id = v.user_id", ""),
    "person": (
        "t.person_id = v.person_id and t.anonymous_id is distinct from v.anonymous_id and t.user_id is distinct from v.user_id",
        "",
    ),
    # The person that the other end of a split link is.
    "split": (
        "t.person_id = x.person_id",
        "cross join lateral (select p.person_id from marts.identity_links as l "
        "cross join lateral (values (l.source_person_id, l.user_person_id), (l.user_person_id, l.source_person_id)) "
        "as p (own_person_id, person_id) where l.tenant_id = v.tenant_id and l.status = 'split' "
        "and v.person_id in (l.source_person_id, l.user_person_id) and p.own_person_id = v.person_id) as x",
    ),
}
_CANDIDATES = " union all ".join(
    f"select t.*, '{name}' as matched from subject as v {more} cross join sponsors as s "  # noqa: S608 - constants of this file
    f"inner join marts.attribution_touches as t on t.tenant_id = v.tenant_id and t.sponsor_id = s.sponsor_id and {on} "
    "where t.touch_at between v.converted_at - interval '90 days' and v.converted_at + interval '30 days'"
    for name, (on, more) in _MATCHED.items()
)
NOT_ELIGIBLE = f"""
with

subject as materialized (select * from marts.attribution_conversions where conversion_id = %(subject_id)s),

sponsors as (select sponsor_id from app.sponsors where %(sponsor_id)s::uuid is null or sponsor_id = %(sponsor_id)s),

candidates as ({_CANDIDATES}),

touches as (
    select
        t.tenant_id, t.touch_id, t.touch_kind, t.touch_at, t.campaign_id, t.show_id, t.sponsor_id, t.goal_kind, t.ip_class,
        t.own_conversion_id, t.person_id, array_agg(distinct t.matched) as matched_by
    from candidates as t
    where not exists (
        select from marts.attribution_credits as c
        where c.tenant_id = t.tenant_id and c.conversion_id = %(conversion_id)s and c.touch_id = t.touch_id
    )
    group by
        t.tenant_id, t.touch_id, t.touch_kind, t.touch_at, t.campaign_id, t.show_id, t.sponsor_id, t.goal_kind, t.ip_class,
        t.own_conversion_id, t.person_id
),

judged as (
    select
        t.*,
        extract(epoch from v.converted_at - t.touch_at)::double precision as age_s,
        w.window_s,
        case
            when t.own_conversion_id <> v.conversion_id then 'of_another_conversion'
            when t.sponsor_id <> v.sponsor_id then 'other_sponsor'
            when t.goal_kind <> v.conversion_kind then 'other_goal'
            when t.touch_at > v.converted_at then 'after_conversion'
            when r.reset_path_on_conversion and t.touch_at <= v.previous_converted_at then 'before_previous_conversion'
            when v.converted_at - t.touch_at > interval '1 second' * w.window_s then 'outside_window'
            when t.person_id = v.person_id then 'not_in_build'
            when 'split' = any(t.matched_by) then 'merge_split'
            when t.matched_by && array['browser', 'user'] then 'shared_id'
            when array[v.ip_class, t.ip_class] && array['corporate', 'datacenter', 'vpn'] then 'unusable_ip'
            when 'crowded' in (v.ip_class, t.ip_class) then 'crowded_address'
            when 'mobile' in (v.ip_class, t.ip_class) then 'mobile_window'
            else 'not_in_build'
        end as reason
    from touches as t
    cross join subject as v
    inner join marts.attribution_rules as r on v.tenant_id = r.tenant_id
    cross join lateral (
        select
            ops.window_of(
                r.windows_by_kind, v.conversion_kind, t.touch_kind || '_window_s',
                case t.touch_kind
                    when 'exposure' then r.exposure_window_s
                    when 'vanity' then coalesce(r.vanity_window_s, r.click_window_s)
                    when 'survey' then 3153600000
                    else r.click_window_s
                end
            ) as window_s
    ) as w
)

select
    j.touch_id, j.touch_kind, j.touch_at, j.age_s, j.window_s,
    j.campaign_id, coalesce(a.name, '') as campaign_name, s.title as show_title,
    j.matched_by, j.ip_class, j.reason, count(*) over (partition by j.reason) as reason_count,
    row_number() over (order by abs(j.age_s), j.touch_id) as place,
    row_number() over (partition by j.reason order by abs(j.age_s), j.touch_id) as reason_place
from judged as j
left join app.campaigns as a on j.tenant_id = a.tenant_id and j.campaign_id = a.campaign_id
left join app.shows as s on j.tenant_id = s.tenant_id and j.show_id = s.show_id
"""  # noqa: S608 - constants of this file
# The nearest, and of each reason one that bears its count.
NEAREST = f"select * from ({NOT_ELIGIBLE}) as n where n.place <= %(most)s or n.reason_place = 1 order by n.place"  # noqa: S608

# Each code of the order beside what this account knows of it on that day; codes of nobody's are counted, not told.
CODES = """
select
    o.place, o.code, p.code_id is null as is_unknown, p.valid_from, p.valid_to, k.sponsor_id = v.sponsor_id as is_own_sponsor,
    k.goal_kind = v.conversion_kind as is_goal, (v.converted_at at time zone 'UTC')::date as day,
    ops.window_of(r.windows_by_kind, k.goal_kind, 'code_grace_days', r.code_grace_days) as code_grace_days,
    coalesce(k.name, '') as campaign_name, u.coupon_site, u.foreign_country, u.is_after_ad, l.verdict as leak_verdict
from marts.attribution_conversions as v
inner join marts.attribution_rules as r on v.tenant_id = r.tenant_id
cross join lateral unnest(v.promo_codes) with ordinality as o (code, place)
left join app.promo_codes as p on v.tenant_id = p.tenant_id and o.code = p.code_normalized
left join app.campaigns as k on p.tenant_id = k.tenant_id and p.campaign_id = k.campaign_id
left join marts.promo_code_uses as u on v.tenant_id = u.tenant_id and v.conversion_id = u.conversion_id and p.code_id = u.code_id
left join marts.promo_code_leaks as l on p.tenant_id = l.tenant_id and p.code_id = l.code_id
where v.conversion_id = %(subject_id)s
order by o.place, p.valid_from, p.code_id
"""

CUSTOM_CREDITS = """
select
    k.model_id, k.version, k.touch_id, k.weight_ppb, k.credited_minor, coalesce(m.name, 'archived') as name
from marts.attribution_custom_credits as k
left join app.attribution_models as m on k.tenant_id = m.tenant_id and k.model_id = m.model_id
where k.conversion_id = %(conversion_id)s
order by m.created_at, k.model_id
"""

REOPENINGS = """
select r.reopened_at, r.cause, r.touches_before, r.touches_after, r.build_id
from ops.reopened_conversions as r
where r.conversion_id = %(conversion_id)s
order by r.reopened_id desc
limit 50
"""
RULES = "select * from marts.attribution_rules"
METHOD = """
select statement_version, statement ->> 'release' as release, statement -> 'lists' as lists
from ops.method_statements
order by last_stated_at desc
limit 1
"""
