-- An answer's ETag knows when fits were published: no tenant's figures, but a moment.
grant select on estimates.attribution_publications to hostread_reader, hostread_app;
