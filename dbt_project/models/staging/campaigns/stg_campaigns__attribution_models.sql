with

models as (select * from {{ source('app_models', 'attribution_models') }}),

versions as (select * from {{ source('app_models', 'attribution_model_versions') }}),

final as (
    {{ newest_models('models', 'versions') }}
)

select * from final
