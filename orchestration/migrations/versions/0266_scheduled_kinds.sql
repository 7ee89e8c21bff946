-- What each message of a schedule carries: a report of each campaign; of a period also the sponsor's network summary; at a
-- campaign's end also the report after the flight.
alter table app.report_schedules
add column kinds text[] not null default '{campaign}',
add constraint report_schedules_kinds_check check (
    cardinality(kinds) between 1 and 2
    and kinds <@ case when cadence = 'campaign_end' then array['campaign', 'post_campaign'] else array['campaign', 'network'] end
);

-- One row per issue, kind and campaign; a network summary is of no one campaign.
alter table ops.issue_reports
add column kind text not null default 'campaign' check (kind in ('campaign', 'network', 'post_campaign')),
drop constraint issue_reports_pkey,
alter column campaign_id drop not null,
add constraint issue_reports_part unique nulls not distinct (issue_id, kind, campaign_id),
add constraint issue_reports_subject_check check ((campaign_id is null) = (kind = 'network'));
