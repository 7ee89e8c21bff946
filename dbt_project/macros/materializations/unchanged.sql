{# A view or a seed that stands as it would be made again is left as it is: half of a build's nodes are such, each a dozen statements, and a view made
   anew takes along what hangs on it. What it was made of is told by the relation's comment; a full build makes all of them again. #}

{% materialization view, adapter='postgres' %}
    {% set digest = local_md5(sql ~ columns_read()) %}
    {% if stands(this, digest) %}{{ return(leave(this.incorporate(type='view'))) }}{% endif %}
    {% set made = dbt.materialization_view_default() %}
    {% do remember(this.incorporate(type='view'), digest) %}
    {{ return(made) }}
{% endmaterialization %}

{% materialization seed, adapter='postgres' %}
    {% set digest = local_md5(model.checksum.checksum ~ model.config.column_types) %}
    {% if stands(this, digest) %}
        {# dbt asks for the rows of a seed that it ran. #}
        {% set rows = load_agate_table() %}
        {% do store_result('agate_table', response='OK', agate_table=rows) %}
        {{ return(leave(this.incorporate(type='table'), rows.rows | length)) }}
    {% endif %}
    {% set made = dbt.materialization_seed_default() %}
    {% do remember(this.incorporate(type='table'), digest) %}
    {{ return(made) }}
{% endmaterialization %}

{# What a view reads, column by column: its `*` means those that there were when it was made. #}
{% macro columns_read() %}
    {% set relations = [] %}
    {% for node in model.depends_on.nodes %}
        {% do relations.append("to_regclass('" ~ (graph.nodes.get(node) or graph.sources.get(node)).relation_name ~ "')") %}
    {% endfor %}
    {% if not relations %}{{ return('') }}{% endif %}
    {% set columns %}
        select string_agg(attname || ' ' || atttypid, ',' order by attrelid::regclass::text, attnum)
        from pg_attribute
        where attrelid in ({{ relations | join(', ') }}) and attnum > 0 and not attisdropped
    {% endset %}
    {{ return(run_query(columns).columns[0].values()[0]) }}
{% endmacro %}

{% macro stands(relation, digest) %}
    {% if should_full_refresh() %}{{ return(false) }}{% endif %}
    {% set found = run_query("select obj_description(to_regclass('" ~ relation ~ "'), 'pg_class')") %}
    {{ return(found.columns[0].values()[0] == 'made of ' ~ digest) }}
{% endmacro %}

{% macro leave(relation, rows=0) %}
    {% do store_raw_result('main', message='UNCHANGED', code='UNCHANGED', rows_affected=rows) %}
    {{ return({'relations': [relation]}) }}
{% endmacro %}

{% macro remember(relation, digest) %}
    {% call statement('remember') %}comment on {{ relation.type }} {{ relation }} is 'made of {{ digest }}'{% endcall %}
    {% do adapter.commit() %}
{% endmacro %}
