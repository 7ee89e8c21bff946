-- Pure functions over what clients send: each gives NULL for what it cannot read, never an error, so that one bad value takes no
-- batch along. In SQL (not plpgsql, no exception handlers), so that they are inlined and parallel safe.

-- %xx decoded once, where the result is valid UTF-8 without NUL; else the text as it came.
create function ops.percent_decoded(value text) returns text
language sql immutable strict parallel safe
as $$
    select case when value !~ '%[0-9A-Fa-f]{2}' then value else (
        select case
            when encode(d.bytes, 'hex') ~ (
                '^(0[1-9a-f]|[1-7][0-9a-f]|(c[2-9a-f]|d[0-9a-f])[89ab][0-9a-f]|e0[ab][0-9a-f][89ab][0-9a-f]'
                '|e[1-9a-cef]([89ab][0-9a-f]){2}|ed[89][0-9a-f][89ab][0-9a-f]|f0[9ab][0-9a-f]([89ab][0-9a-f]){2}'
                '|f[1-3]([89ab][0-9a-f]){3}|f48[0-9a-f]([89ab][0-9a-f]){2})*$'
            ) then convert_from(d.bytes, 'UTF8') else value
        end
        from (
            select string_agg(
                case when m.part[1] ~ '^%' and length(m.part[1]) = 3
                then decode(substr(m.part[1], 2), 'hex') else convert_to(m.part[1], 'UTF8') end,
                ''::bytea order by m.n
            ) as bytes
            from regexp_matches(value, '(%[0-9A-Fa-f]{2}|%|[^%]+)', 'g') with ordinality as m (part, n)
        ) as d
    ) end
$$;

-- One parameter of a URL's query string, decoded; NULL without it.
create function ops.url_parameter(url text, parameter text) returns text
language sql immutable strict parallel safe
as $$ select nullif(ops.percent_decoded(replace(substring(url from '[?&]' || parameter || '=([^&#]*)'), '+', ' ')), '') $$;

-- The path of a URL or path: lower case, one leading and no trailing slash, no query, no fragment.
create function ops.url_path(url text) returns text
language sql immutable strict parallel safe
as $$
    select '/' || btrim(lower(regexp_replace(regexp_replace(url, '^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*', ''), '[?#].*$', '')), '/')
$$;

-- Domain rules, section 4: NFKC, upper case, without spaces, hyphens and dots; NULL where nothing is left.
create function ops.normalized_code(code text) returns text
language sql immutable strict parallel safe
as $$ select nullif(upper(regexp_replace(normalize(code, nfkc), '[\s.‐‑‒–—―−-]', '', 'g')), '') $$;

-- The normalised codes of an order in their order: a text (several parted by comma or semicolon) or a list of texts.
create function ops.normalized_codes(codes jsonb) returns text[]
language sql immutable parallel safe
as $$
    select coalesce(array_agg(n.code order by n.place) filter (where n.code is not null), '{}')
    from (
        select ops.normalized_code(c.code) as code, c.place
        from unnest(case jsonb_typeof(codes)
            when 'array' then array(select jsonb_array_elements_text(codes))
            when 'string' then string_to_array(translate(codes #>> '{}', ';', ','), ',')
            when 'number' then array[codes #>> '{}']
            else '{}'::text[]
        end) with ordinality as c (code, place)
    ) as n
$$;

-- An amount as a client wrote it, in minor units of a currency with `exponent` decimals, rounded half away from zero; NULL where
-- it is no plain decimal number below ten thousand million.
create function ops.minor_units(amount text, exponent integer) returns bigint
language sql immutable strict parallel safe
as $$
    select case when btrim(amount, E' \t\r\n') ~ '^[+-]?([0-9]{1,10}([.][0-9]{0,40})?|[.][0-9]{1,40})$'
    then round(btrim(amount, E' \t\r\n')::numeric * (10::numeric ^ exponent))::bigint end
$$;

-- When an event happened (domain rules, section 3): its client's clock corrected by received - sent. Without a usable pair of
-- clocks the client's time stands as it is, and without that the time of receipt. Clocks ten years apart are no clocks.
create function ops.corrected_at(received_at timestamptz, sent_at timestamptz, client_at timestamptz) returns timestamptz
language sql stable parallel safe
as $$
    select case
        when client_at is null or not isfinite(client_at) then received_at
        when sent_at is null or not isfinite(sent_at) then
            case when client_at between received_at - interval '3650 days' and received_at + interval '3650 days'
            then client_at else received_at end
        when sent_at - client_at between interval '-3650 days' and interval '3650 days' then received_at - (sent_at - client_at)
        else received_at
    end
$$;

-- The moment that a build speaks of: one for all its models. Outside a build, now.
create function ops.build_as_of() returns timestamptz
language sql stable
as $$ select coalesce((select a.started_at from ops.build_attempts as a where a.status = 'running'), now()) $$;
