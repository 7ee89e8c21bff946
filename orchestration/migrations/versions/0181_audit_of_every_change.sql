-- One row per changed row of what people enter, and per deed that changes none (a login). The trigger writes who, what, before and
-- after; the code that knows what the change means names it (app.record_action).
alter table app.audit_log
add column before jsonb,
add column after jsonb,
add column request_id text,
add column is_named boolean not null default true,
add column xact xid8 not null default pg_current_xact_id();
create index audit_log_page on app.audit_log (tenant_id, occurred_at desc, audit_id desc);
create index audit_log_xact on app.audit_log (xact, subject_id) where not is_named;

-- Arguments: the kind of thing, its key's columns, the columns whose values are never shown, the columns that are no change.
create function app.audit_change() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
    key_columns text[] := string_to_array(tg_argv[1], ',');
    hidden text[] := string_to_array(tg_argv[2], ',');
    passed_over text[] := string_to_array(tg_argv[3], ',');
    actor jsonb := nullif(current_setting('hostread.actor', true), '')::jsonb;
    old_row jsonb := '{}';
    new_row jsonb := '{}';
    told_before jsonb;
    told_after jsonb;
begin
    if tg_op <> 'INSERT' then old_row := to_jsonb(old); end if;
    if tg_op <> 'DELETE' then new_row := to_jsonb(new); end if;
    select
        jsonb_object_agg(c.name, case when c.name = any(hidden) and old_row -> c.name <> 'null' then '"hidden"' else old_row -> c.name end)
            filter (where old_row ? c.name),
        jsonb_object_agg(c.name, case when c.name = any(hidden) and new_row -> c.name <> 'null' then '"hidden"' else new_row -> c.name end)
            filter (where new_row ? c.name)
    into told_before, told_after
    from jsonb_object_keys(old_row || new_row) as c (name)
    where c.name <> 'tenant_id' and c.name <> all(passed_over) and old_row -> c.name is distinct from new_row -> c.name;
    if told_before is null and told_after is null then
        return null;
    end if;
    insert into app.audit_log (
        tenant_id, actor_kind, actor_id, action, subject_kind, subject_id, before, after, request_id, is_named
    )
    select
        ((old_row || new_row) ->> 'tenant_id')::integer,
        coalesce(actor ->> 'kind', 'system'),
        (actor ->> 'id')::uuid,
        case tg_op when 'INSERT' then 'create' when 'UPDATE' then 'change' else 'delete' end,
        tg_argv[0],
        (select string_agg((old_row || new_row) ->> k.name, ',' order by k.n) from unnest(key_columns) with ordinality as k (name, n)),
        told_before, told_after, actor ->> 'request', false;
    return null;
end
$$;

-- What a change means: the newest row that this transaction's triggers wrote for the thing gets its name, or, where nothing was
-- changed, a row of its own.
create function app.record_action(
    p_actor_kind text, p_actor_id uuid, p_action text, p_subject_kind text, p_subject_id text, p_detail jsonb
)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
    actor jsonb := nullif(current_setting('hostread.actor', true), '')::jsonb;
begin
    update app.audit_log as a
    set
        actor_kind = p_actor_kind, actor_id = p_actor_id, action = p_action, subject_kind = p_subject_kind, detail = p_detail,
        is_named = true
    where a.audit_id = (
        select w.audit_id
        from app.audit_log as w
        where
            w.xact = pg_current_xact_id() and not w.is_named and w.subject_id = p_subject_id
            and w.tenant_id = ops.current_tenant_id()
        order by (w.subject_kind = p_subject_kind) desc, w.audit_id desc
        limit 1
    );
    if not found then
        insert into app.audit_log (tenant_id, actor_kind, actor_id, action, subject_kind, subject_id, detail, request_id)
        values (
            ops.current_tenant_id(), p_actor_kind, p_actor_id, p_action, p_subject_kind, p_subject_id, p_detail, actor ->> 'request'
        );
    end if;
end
$$;
revoke execute on function app.audit_change, app.record_action from public;
grant execute on function app.record_action to hostread_app;

-- A table of schema app either stands here or is named, with its reason, by the test that reads this list back from the catalogue.
do $$
declare
    t record;
begin
    for t in
        select * from (values
            ('tenants', 'account', 'slug', '', ''),
            ('users', 'user', 'user_id', '', 'last_login_at'),
            ('invitations', 'invitation', 'invitation_id', 'token_hash', 'sent_at'),
            ('api_keys', 'api_key', 'key_id', 'key_hash', 'last_used_at'),
            ('sponsors', 'sponsor', 'sponsor_id', '', ''),
            ('shows', 'show', 'show_id', '', ''),
            ('hosting_accounts', 'hosting_account', 'account_id', 'credential_encrypted', 'updated_at,asked_at'),
            ('log_sources', 'log_source', 'log_source_id', '', ''),
            ('sites', 'site', 'site_id', '', ''),
            ('site_signing_keys', 'signing_key', 'signing_key_id', 'key_encrypted', ''),
            ('campaigns', 'campaign', 'campaign_id', '', 'updated_at'),
            ('placements', 'placement', 'placement_id', '', ''),
            ('promo_codes', 'promo_code', 'code_id', '', ''),
            ('attribution_settings', 'attribution_settings', 'tenant_id', '', 'updated_at'),
            ('attribution_models', 'attribution_model', 'model_id', '', ''),
            ('attribution_proposals', 'attribution_proposal', 'proposal_id', '', ''),
            ('attribution_model_versions', 'attribution_model_version', 'model_id', '', ''),
            ('counting_settings', 'counting_settings', 'change_number', '', ''),
            ('report_schedules', 'report_schedule', 'schedule_id', '', ''),
            ('anomaly_decisions', 'anomaly', 'decision_id', 'household_hash', ''),
            ('fraud_decisions', 'fraud', 'decision_id', 'anonymous_id', ''),
            ('identity_decisions', 'identity_link', 'link_id', '', ''),
            ('budget_limits', 'budget_limit', 'sponsor_id,show_id,currency', '', ''),
            ('lift_holdouts', 'lift_holdout', 'holdout_id', '', '')
        ) as listed (name, kind, key_columns, hidden, passed_over)
    loop
        execute format(
            'create trigger audit_change after insert or update or delete on app.%I for each row '
            'execute function app.audit_change(%L, %L, %L, %L)', t.name, t.kind, t.key_columns, t.hidden, t.passed_over
        );
    end loop;
end
$$;
