{#
A table that is computed whole and kept by difference (decision 0024): the rows that differ from those that stand are written, and the
columns of each that `meta.changes` names, as it was and as it is, are left for the followers. `meta.primary_key`: its grain.
#}
{% materialization compared, adapter='postgres' %}
    {% set meta = config.get('meta') %}
    {% set digest = kept_digest(sql) %}
    {% do run_hooks(pre_hooks, inside_transaction=True) %}
    {% set made = make_beside(sql) %}
    {% set rows = load_result('main').response.rows_affected %}
    {% set columns = columns_of(made) %}
    {% set kept = namespace(count=none) %}
    {% if is_kept(digest) and columns == columns_of(this) %}
        {% do differing(made, columns, meta.primary_key) %}
        {% set kept.count = run_query('select count(*) from differing').columns[0].values()[0] | int %}
    {% endif %}
    {% if kept.count is none or is_too_much(kept.count, rows) %}
        {% do keep_anew(sql, digest, made) %}
    {% else %}
        {% do write_differing(made, columns, meta) %}
        {% if kept.count * 50 > rows %}
            {% call statement('after') %}{{ hooks_after() }}{% endcall %}
        {% endif %}
    {% endif %}
    {% do adapter.commit() %}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{# Name and type of each column of a table, in their order. #}
{% macro columns_of(relation) %}
    {% set found = run_query(
        "select quote_ident(attname), format_type(atttypid, atttypmod) from pg_attribute "
        ~ "where attrelid = to_regclass('" ~ relation ~ "') and attnum > 0 and not attisdropped order by attnum"
    ) %}
    {% set columns = [] %}
    {% for row in found.rows %}{% do columns.append((row[0], row[1])) %}{% endfor %}
    {{ return(columns) }}
{% endmacro %}

{# The temporary table `differing`: the key of each row that stands or was made and is not the same in both. #}
{% macro differing(made, columns, key) %}
    {% set names = columns | map('first') | list %}
    {% call statement('differing') %}
        create temporary table differing on commit drop as
        select
            {% for name in key %}coalesce(b.{{ name }}, a.{{ name }}) as {{ name }}, {% endfor %}
            b.{{ key[0] }} is not null as stood,
            a.{{ key[0] }} is not null as stands
        from {{ this }} as b
        full join {{ made }} as a on {% for name in key %}b.{{ name }} = a.{{ name }}{{ ' and ' if not loop.last }}{% endfor %}
        where
            b.{{ key[0] }} is null or a.{{ key[0] }} is null
            or ({% for name in names %}b.{{ name }}{{ ', ' if not loop.last }}{% endfor %})
            is distinct from ({% for name in names %}a.{{ name }}{{ ', ' if not loop.last }}{% endfor %});
        analyze differing
    {% endcall %}
{% endmacro %}

{# Writes what differs, and leaves the keys of it. #}
{% macro write_differing(made, columns, meta) %}
    {% set names = columns | map('first') | join(', ') %}
    {% set key = meta.primary_key | join(', ') %}
    {% set left = meta.changes.keys() | join(', ') %}
    {% call statement('written') %}
        {{ look_up() }};
        {% for follower in meta.followers %}
            {% for relation, side in ((this, 'stood'), (made, 'stands')) %}
                insert into intermediate.pairing_changes (source, follower, {{ left }})
                select '{{ this.identifier }}', '{{ follower }}', {{ meta.changes.values() | join(', ') }}
                from {{ relation }} inner join differing using ({{ key }}) where {{ side }};
            {% endfor %}
        {% endfor %}
        delete from {{ this }} as b using differing as d
        where d.stood {% for name in meta.primary_key %}and b.{{ name }} = d.{{ name }} {% endfor %};
        insert into {{ this }} ({{ names }})
        select {{ names }} from {{ made }} inner join differing using ({{ key }}) where stands;
        drop table {{ made }};
        drop table differing
    {% endcall %}
{% endmacro %}
