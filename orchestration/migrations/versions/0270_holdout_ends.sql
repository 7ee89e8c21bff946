-- A holdout ends where its owner says so: the ad was on again earlier, or stayed off longer, than was marked.
grant update (ends_on) on app.lift_holdouts to hostread_app;
