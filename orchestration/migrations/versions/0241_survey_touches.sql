-- A survey answer is evidence too (decision 0053), and a tenant's own model weighs it as any other.
alter table app.attribution_model_versions
add column survey_factor numeric(9, 6) not null default 1 check (survey_factor between 0 and 100);
