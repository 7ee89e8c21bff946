-- Every code that a request was rejected by is a rule of the list.
select distinct judged.rejected_by
from {{ ref('int_requests_judged') }} as judged
left join {{ ref('counting_rules') }} as rules on judged.rejected_by = rules.rule_code
where judged.rejected_by is not null and rules.rule_code is null
