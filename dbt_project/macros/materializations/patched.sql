{#
A table of which those conversions are made again that changed (decision 0024), by the model's own SQL over stand-ins: temporary tables of
what `meta.narrowed` names, each with the rows that these conversions need. So a model that reads anything else is refused.
`meta.changed`: the macro that gathers the conversions concerned; `meta.remembered`, where there is one, the one that notes what the rows were
made with. What was made again is left for `meta.followers`.
#}
{% materialization patched, adapter='postgres' %}
    {% set meta = config.get('meta') %}
    {% set digest = kept_digest(sql) %}
    {% set kept = namespace(is_patch=false) %}
    {% if is_kept(digest) and not is_all_changed() %}
        {% do concern(meta.changed) %}
        {% set counts = run_query(
            "select (select count(*) from concerned), (select greatest(reltuples, 0) from pg_class where oid = '"
            ~ ref('int_conversions') ~ "'::regclass)"
        ).rows[0] %}
        {% set kept.is_patch = not is_too_much(counts[0] | int, counts[1] | float) %}
    {% endif %}
    {% if kept.is_patch %}
        {% do patch(over_stand_ins(sql, meta.narrowed), meta.followers) %}
    {% else %}
        {% do run_hooks(pre_hooks, inside_transaction=True) %}
        {% do keep_anew(sql, digest) %}
    {% endif %}
    {% call statement('followed') %}
        {% if meta.remembered %}{{ context[meta.remembered]() }}{% endif %}
        delete from intermediate.pairing_changes where follower = '{{ this.identifier }}'
    {% endcall %}
    {% do adapter.commit() %}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{# Whether what this table follows was made anew as a whole. #}
{% macro is_all_changed() %}
    {% set found = run_query(
        "select exists (select from intermediate.pairing_changes where follower = '" ~ this.identifier ~ "' and tenant_id is null)"
    ) %}
    {{ return(found.columns[0].values()[0]) }}
{% endmacro %}

{# The temporary table `concerned`: the conversions that are to be made again, and those that are no more. #}
{% macro concern(gathered_by) %}
    {% call statement('concern') %}
        {{ look_up() }};
        create temporary table changed_conversions (tenant_id integer, conversion_id uuid) on commit drop;
        {{ context[gathered_by]() }}
        create temporary table concerned on commit drop as select distinct tenant_id, conversion_id from changed_conversions;
        create unique index on concerned (tenant_id, conversion_id);
        analyze concerned
    {% endcall %}
{% endmacro %}

{# The model's SQL over stand-ins for all that it reads, which are made here. #}
{% macro over_stand_ins(sql, narrowed) %}
    {% set text = namespace(sql=sql) %}
    {% set read = [] %}
    {% for node in model.depends_on.nodes %}
        {% set relation = graph.nodes.get(node) or graph.sources.get(node) %}
        {% if relation.name not in narrowed or relation.relation_name not in sql %}
            {% do exceptions.raise_compiler_error(
                this.identifier ~ ' reads ' ~ relation.name ~ ', which is not in its meta.narrowed: say which of its rows a conversion needs'
            ) %}
        {% endif %}
        {% do read.append(relation) %}
    {% endfor %}
    {# In the order of `narrowed`: one may stand on another. #}
    {% for name, how in narrowed.items() %}
        {% for relation in read if relation.name == name and how %}
            {% call statement('narrowed') %}
                create temporary table narrowed_{{ name }} on commit drop as {{ context[how](relation.relation_name) }};
                analyze narrowed_{{ name }}
            {% endcall %}
            {% set text.sql = text.sql | replace(relation.relation_name, 'narrowed_' ~ name) %}
        {% endfor %}
    {% endfor %}
    {{ return(text.sql) }}
{% endmacro %}

{# Takes the concerned conversions out of the table and puts in what `sql` makes of them. #}
{% macro patch(sql, followers) %}
    {% set names = names_of(model.columns) %}
    {% call statement('taken_out') %}
        delete from {{ this }} as b using concerned as c where b.tenant_id = c.tenant_id and b.conversion_id = c.conversion_id;
        {% for follower in followers %}
            insert into intermediate.pairing_changes (source, follower, tenant_id, conversion_id)
            select '{{ this.identifier }}', '{{ follower }}', tenant_id, conversion_id from concerned;
        {% endfor %}
    {% endcall %}
    {% do run_hooks(pre_hooks, inside_transaction=True) %}
    {% call statement('main') %}
        insert into {{ this }} ({{ names }}) select {{ names }} from ({{ sql }}) as model_subq
    {% endcall %}
{% endmacro %}
