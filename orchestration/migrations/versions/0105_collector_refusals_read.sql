-- The counts of refused requests, by minute and reason, are the tenant's own figures: its row-level policy exists since 0005.
grant select on raw.collector_refusals to hostread_app, hostread_reader;
