{#
Which conversions' credit is made again (decision 0024). Credit is a function of a conversion, of the touches that share a key with it, of its
tenant's settings and of whether it is fraud; each is asked whether it is another than the one that the standing credit was made with. The
statements fill `changed_conversions` (materialization patched).
#}
{% macro conversions_of_changed_pairs() %}
    {%- set changes = "intermediate.pairing_changes as p where p.follower = 'attribution_credits' and p.source = " -%}
    insert into changed_conversions
    select p.tenant_id, p.conversion_id from {{ changes }}'int_conversions';

    -- The touches as they were and as they are, by each of their keys: those that a conversion from before them had are none of its.
    insert into changed_conversions
    select p.tenant_id, p.conversion_id from {{ changes }}'int_touches' and p.conversion_id is not null;

    create temporary table changed_homes on commit drop as
    select p.tenant_id, p.household_hash, p.key_epoch, min(p.touch_at) as first_at
    from {{ changes }}'int_touches' and p.household_hash is not null
    group by p.tenant_id, p.household_hash, p.key_epoch;
    create temporary table changed_people on commit drop as
    select p.tenant_id, p.person_id, min(p.touch_at) as first_at
    from {{ changes }}'int_touches' and p.person_id is not null
    group by p.tenant_id, p.person_id;
    analyze changed_homes, changed_people;

    insert into changed_conversions
    select v.tenant_id, v.conversion_id
    from changed_homes as k
    inner join {{ ref('int_conversions') }} as v
        on k.tenant_id = v.tenant_id and k.household_hash = v.household_hash and k.key_epoch = v.key_epoch
    where v.converted_at >= k.first_at;

    insert into changed_conversions
    select v.tenant_id, v.conversion_id
    from changed_homes as k
    inner join {{ ref('int_conversions') }} as v
        on k.tenant_id = v.tenant_id and v.household_hashes @> array[k.household_hash]
    where v.converted_at >= k.first_at;

    insert into changed_conversions
    select v.tenant_id, v.conversion_id
    from changed_people as k
    inner join {{ ref('int_conversions') }} as v on k.tenant_id = v.tenant_id and k.person_id = v.person_id
    where v.converted_at >= k.first_at;

    insert into changed_conversions
    select v.tenant_id, v.conversion_id
    from intermediate.credited_settings as b
    full join {{ ref('stg_campaigns__attribution_settings') }} as a on b.tenant_id = a.tenant_id
    inner join {{ ref('int_conversions') }} as v on coalesce(b.tenant_id, a.tenant_id) = v.tenant_id
    where b.settings is distinct from to_jsonb(a);

    insert into changed_conversions
    select tenant_id, conversion_id
    from intermediate.credited_fraud as b
    full join (
        select f.tenant_id, f.conversion_id from {{ ref('conversion_fraud') }} as f where f.is_fraud
    ) as a using (tenant_id, conversion_id)
    where a.tenant_id is null or b.tenant_id is null;

    -- A refund inherits its order's path and verdict, and reads its order.
    analyze changed_conversions;
    insert into changed_conversions
    select v.tenant_id, v.origin_conversion_id
    from (select distinct tenant_id, conversion_id from changed_conversions) as c
    inner join {{ ref('int_conversions') }} as v on c.tenant_id = v.tenant_id and c.conversion_id = v.conversion_id
    where v.origin_conversion_id is not null;
    analyze changed_conversions;
    insert into changed_conversions
    select v.tenant_id, v.conversion_id
    from (select distinct tenant_id, conversion_id from changed_conversions) as c
    inner join {{ ref('int_conversions') }} as v on c.tenant_id = v.tenant_id and c.conversion_id = v.origin_conversion_id;
{% endmacro %}

{# What those that follow attribution_credits make again: what it did. #}
{% macro conversions_of_changed_credit() %}
    insert into changed_conversions
    select p.tenant_id, p.conversion_id
    from intermediate.pairing_changes as p
    where p.follower = '{{ this.identifier }}';
{% endmacro %}

{# Notes the settings and the verdicts that the credit was made with. #}
{% macro remember_settings_and_verdicts() %}
    delete from intermediate.credited_settings as b
    where not exists (
        select from {{ ref('stg_campaigns__attribution_settings') }} as a where a.tenant_id = b.tenant_id and to_jsonb(a) = b.settings
    );
    insert into intermediate.credited_settings (tenant_id, settings)
    select a.tenant_id, to_jsonb(a) from {{ ref('stg_campaigns__attribution_settings') }} as a
    on conflict do nothing;
    delete from intermediate.credited_fraud as b
    where not exists (
        select from {{ ref('conversion_fraud') }} as f
        where f.tenant_id = b.tenant_id and f.conversion_id = b.conversion_id and f.is_fraud
    );
    insert into intermediate.credited_fraud (tenant_id, conversion_id)
    select f.tenant_id, f.conversion_id from {{ ref('conversion_fraud') }} as f where f.is_fraud
    on conflict do nothing;
{% endmacro %}

{# The rows of the conversions that are made again, and of no other: of conversions, verdicts and credits. #}
{% macro of_concerned(relation) %}
    select r.* from concerned as c inner join {{ relation }} as r on c.tenant_id = r.tenant_id and c.conversion_id = r.conversion_id
{% endmacro %}

{# Every touch that shares a key with a conversion that is made again (narrowed_int_conversions), once. #}
{% macro touches_of_concerned(relation) %}
    with

    homes as materialized (
        select distinct v.tenant_id, h.household_hash, h.key_epoch
        from narrowed_int_conversions as v
        cross join lateral (
            select v.household_hash, v.key_epoch
            union all
            select * from {{ household_pairs('v') }}
        ) as h (household_hash, key_epoch)
        where h.household_hash is not null
    ),

    people as materialized (
        select distinct v.tenant_id, v.person_id from narrowed_int_conversions as v where v.person_id is not null
    )

    select t.*
    from homes as h
    inner join {{ relation }} as t
        on h.tenant_id = t.tenant_id and h.household_hash = t.household_hash and h.key_epoch = t.key_epoch
    union all
    select t.*
    from people as p
    inner join {{ relation }} as t on p.tenant_id = t.tenant_id and p.person_id = t.person_id
    where
        not exists (
            select from homes as h
            where h.tenant_id = t.tenant_id and h.household_hash = t.household_hash and h.key_epoch = t.key_epoch
        )
    union all
    select t.*
    from narrowed_int_conversions as v
    inner join {{ relation }} as t on v.tenant_id = t.tenant_id and v.conversion_id = t.own_conversion_id
    where
        not exists (
            select from homes as h
            where h.tenant_id = t.tenant_id and h.household_hash = t.household_hash and h.key_epoch = t.key_epoch
        )
        and not exists (select from people as p where p.tenant_id = t.tenant_id and p.person_id = t.person_id)
{% endmacro %}
