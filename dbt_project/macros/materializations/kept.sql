{#
Tables that are kept, and not made anew at each build (decision 0024). What differs from before is left in intermediate.pairing_changes
for each of `meta.followers`, in the transaction that writes it; who follows takes its rows away in the one in which it has followed. The
comment of a kept table tells what it was made of: whatever makes it in another way leaves none, and it is made anew.
#}

{# What a kept table is made of: its SQL, contract and indexes, and the version of the functions and tables that it stands on. #}
{% macro kept_digest(sql) %}
    {% set version = run_query('select version_num from public.schema_version').columns[0].values()[0] %}
    {% set contract = [] %}
    {% for column in model.columns.values() %}{% do contract.append(column.name ~ ' ' ~ column.data_type) %}{% endfor %}
    {{ return(local_md5(sql ~ contract ~ config.get('indexes') ~ config.get('meta') ~ version)) }}
{% endmacro %}

{# Whether the table that stands is one that was kept, of this digest. #}
{% macro is_kept(digest) %}
    {% if should_full_refresh() %}{{ return(false) }}{% endif %}
    {% set found = run_query(
        "select obj_description(oid, 'pg_class') from pg_class where relkind = 'r' and oid = to_regclass('" ~ this ~ "')"
    ) %}
    {{ return(found.rows | length == 1 and found.columns[0].values()[0] == 'kept by changes: ' ~ digest) }}
{% endmacro %}

{# Makes the table anew, or puts in its place what is `made` of it already, and tells every follower so. #}
{% macro keep_anew(sql, digest, made=none) %}
    {% do put_in_place(made or make_beside(sql)) %}
    {% call statement('kept') %}
        comment on table {{ this }} is 'kept by changes: {{ digest }}';
        delete from intermediate.pairing_changes where source = '{{ this.identifier }}';
        {% for follower in config.get('meta').followers %}
            insert into intermediate.pairing_changes (source, follower) values ('{{ this.identifier }}', '{{ follower }}');
        {% endfor %}
    {% endcall %}
{% endmacro %}

{# Whether so many rows of `all` are written that to make the table anew is cheaper than to look up what hangs on each. #}
{% macro is_too_much(count, all) %}
    {{ return(count > [var('pairing_patched_rows', 1000) | int, all * 0.25] | max) }}
{% endmacro %}

{# For statements that look up few rows by an index; and a sample of 3,000 rows says enough of a table that lives for one statement. #}
{% macro look_up() -%}
set local random_page_cost = 1.1;
set local default_statistics_target = 10
{%- endmacro %}
