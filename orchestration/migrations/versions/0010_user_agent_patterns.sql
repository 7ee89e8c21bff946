-- A version of the user-agent lists in the opawg format (domain rules, section 1): the first pattern that matches wins, in the
-- order bots, apps, libraries, browsers. The version stands in ops.lists under the name user_agents.
create table ops.user_agent_patterns (
    list_version text not null,
    list_kind text not null check (list_kind in ('bot', 'app', 'library', 'browser')),
    position_number integer not null,
    agent_name text not null,
    agent_pattern text not null,
    -- As opawg has it: a library of category bot is one that only programs use.
    category text,
    primary key (list_version, list_kind, position_number)
);
alter table ops.user_agent_patterns owner to hostread_ingest;
grant select on ops.user_agent_patterns to hostread_transform, hostread_collector;
