with final as (
    {{ product_rates('tenant_id') }}
)

select * from final
