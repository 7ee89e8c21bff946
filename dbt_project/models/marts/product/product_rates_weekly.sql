with final as (
    {{ product_rates('tenant_id, week') }}
)

select * from final
