-- A value review is of the account itself over a period: no sponsor's and no campaign's.
alter table app.reports
drop constraint reports_kind_check,
add constraint reports_kind_check check (kind in ('campaign', 'network', 'post_campaign', 'value_review')),
drop constraint reports_subject_check,
add constraint reports_subject_check check (
    case
        when kind in ('network', 'value_review') then campaign_id is null and period_start is not null
        else campaign_id is not null
    end
),
add constraint reports_account_check check (kind <> 'value_review' or sponsor_id is null),
-- What the installation cost a month, as its settings said when a value review was asked for.
add column infrastructure_cost numeric check (infrastructure_cost >= 0),
add column infrastructure_currency text check (infrastructure_currency ~ '^[A-Z]{3}$'),
add constraint reports_cost_check check ((infrastructure_cost is null) = (infrastructure_currency is null));

-- What is known of the current account as a customer, for its own reports: the rows of app.customer_rows of nobody in particular.
create function app.own_customer_rows(p_kind text) returns setof jsonb
language sql stable security definer set search_path = ''
as $$
    select r from app.customer_rows(null, p_kind) as r
$$;
revoke execute on function app.own_customer_rows from public;
grant execute on function app.own_customer_rows to hostread_reader;
