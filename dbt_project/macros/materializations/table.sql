{# A table made anew, in three statements where dbt's own way takes a dozen, each through as many macros: it is made beside the one that stands, takes its
   place, and what follows it (statistics) is done, all in one transaction. #}

{% materialization table, adapter='postgres' %}
    {% if pre_hooks %}
        {% do run_hooks(pre_hooks, inside_transaction=False) %}
        {% do run_hooks(pre_hooks, inside_transaction=True) %}
    {% endif %}
    {% do put_in_place(make_beside(sql)) %}
    {% do adapter.commit() %}
    {% if post_hooks %}{% do run_hooks(post_hooks, inside_transaction=False) %}{% endif %}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{# The table that holds what `sql` says, beside the one that stands. #}
{% macro make_beside(sql) %}
    {% set made = this.incorporate(path={'identifier': this.identifier ~ '__dbt_tmp'}, type='table') %}
    {% call statement('main') %}
        drop table if exists {{ made }};
        create table {{ made }}
        {% if config.get('contract').enforced %}
            {% do hold_to_contract(sql) %}
            {{ table_columns_and_constraints() }};
            insert into {{ made }} ({{ names_of(model.columns) }}) select {{ names_of(model.columns) }} from ({{ sql }}) as model_subq
        {% else %}
            as ({{ sql }})
        {% endif %}
    {% endcall %}
    {{ return(made) }}
{% endmacro %}

{# What was made beside takes the place of what stands, with its indexes and what follows it. #}
{% macro put_in_place(made) %}
    {% set standing = adapter.get_relation(this.database, this.schema, this.identifier) %}
    {% if config.get('indexes') %}{% do create_indexes(made) %}{% endif %}
    {% if standing %}{% do adapter.drop_relation(standing) %}{% endif %}
    {% call statement('placed') %}
        alter table {{ made }} rename to {{ adapter.quote(this.identifier) }};
        {{ hooks_after() }}
    {% endcall %}
{% endmacro %}

{% macro hooks_after() %}
    {% for hook in post_hooks if hook.get('transaction') %}
        {{ render(hook.get('sql')) }}
        ;
    {% endfor %}
{% endmacro %}

{# Raises dbt's own error where names or types of a query's columns are not the contract's: one empty query tells both, with a mark between them. #}
{% macro hold_to_contract(sql) %}
    {% set read %}
        select query.*, null::boolean as "|", contract.*
        from ({{ sql }}) as query
        cross join (
            select {% for column in model.columns.values() %}null::{{ column.data_type }} as {{ adapter.quote(column.name) if column.get('quote') else column.name }}{{ ', ' if not loop.last }}{% endfor %}
        ) as contract
        where false
        limit 0
    {% endset %}
    {% set sides = {'query': [], 'contract': []} %}
    {% set at = namespace(side='query') %}
    {% for column in adapter.get_column_schema_from_query(read) %}
        {% if column.name == '|' %}
            {% set at.side = 'contract' %}
        {% else %}
            {% set type = column.dtype %}
            {% do sides[at.side].append({'name': column.name, 'data_type': type, 'formatted': column.name.lower() ~ ' ' ~ type}) %}
        {% endif %}
    {% endfor %}
    {% if sides.query | sort(attribute='name') != sides.contract | sort(attribute='name') %}
        {% do exceptions.raise_contract_error(sides.contract, sides.query) %}
    {% endif %}
{% endmacro %}

{% macro names_of(columns) -%}
    {% for column in columns.values() %}{{ adapter.quote(column.name) if column.get('quote') else column.name }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}

{# A test of data: dbt's own, without the five macros that a limit or kept failures need. #}
{% materialization test, adapter='postgres' %}
    {% if flags.STORE_FAILURES or config.get('store_failures') or config.get('limit') %}{{ return(dbt.materialization_test_default()) }}{% endif %}
    {% set count = config.get('fail_calc') %}
    {% call statement('main', fetch_result=True) %}
        select
            {{ count }} as failures,
            {{ count }} {{ config.get('warn_if') }} as should_warn,
            {{ count }} {{ config.get('error_if') }} as should_error
        from (
            {{ sql }}
        ) as dbt_internal_test
    {% endcall %}
    {{ return({'relations': []}) }}
{% endmaterialization %}

{# What a test reads: dbt's own answer, without its dispatch where no `where` is asked for, which is everywhere. #}
{% macro get_where_subquery(relation) -%}
    {% if config.get('where') %}{{ return(dbt.get_where_subquery(relation)) }}{% endif %}
    {{ return(relation) }}
{%- endmacro %}
