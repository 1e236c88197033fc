-- Who may touch which row: row-level security and rights, in one place.
--
-- A request enters with enter(), which sets cordon.account and cordon.orgs for the transaction. Without them every
-- policy below is an error: the setting is missing, or '' after an earlier transaction, which is no uuid[].

create function visible_orgs() returns uuid[] language sql stable parallel safe
  as $$ select current_setting('cordon.orgs')::uuid[] $$;
create function current_account() returns uuid language sql stable parallel safe
  as $$ select current_setting('cordon.account')::uuid $$;

do $$
declare
  tenant text;
begin
  foreach tenant in array array['grants', 'activity', 'invitations', 'invitation_links', 'networks', 'apps'] loop
    execute format('alter table %I enable row level security', tenant);
    execute format('alter table %I force row level security', tenant);
    -- "is true" keeps this condition out of index look-ups: every statement names its organizations, and with two
    -- conditions on one column the planner mistook how many rows they leave and chose poor indexes.
    execute format('create policy tenant on %I to cordon_app
      using ((org_id = any ((select visible_orgs())::uuid[])) is true)
      with check (org_id = any ((select visible_orgs())::uuid[]))', tenant);
    execute format('create policy system on %I to cordon_system using (true) with check (true)', tenant);
    execute format('grant select, insert, update, delete on %I to cordon_system', tenant);
  end loop;
end $$;

alter table orgs enable row level security;
alter table orgs force row level security;
create policy tenant on orgs to cordon_app
  using (id = any ((select visible_orgs())::uuid[])) with check (id = any ((select visible_orgs())::uuid[]));
create policy system on orgs to cordon_system using (true) with check (true);

alter table projects enable row level security;
alter table projects force row level security;
create policy tenant on projects to cordon_app
  using (exists (select from orgs where project_id = projects.id)) with check (true);
create policy system on projects to cordon_system using (true) with check (true);

alter table accounts enable row level security;
alter table accounts force row level security;
-- Names stand beside grants and events that the reader may already see; there is no way to list accounts.
create policy everyone on accounts for select to cordon_app using (true);
create policy own on accounts for update to cordon_app using (id = (select current_account()));
create policy system on accounts to cordon_system using (true) with check (true);

alter table identities enable row level security;
alter table identities force row level security;
create policy own on identities to cordon_app using (account_id = (select current_account()))
  with check (account_id = (select current_account()));
create policy system on identities to cordon_system using (true) with check (true);

alter table sessions enable row level security;
alter table sessions force row level security;
create policy own on sessions to cordon_app using (account_id = (select current_account()));
create policy system on sessions to cordon_system using (true) with check (true);

alter table audit_events enable row level security;
alter table audit_events force row level security;
create policy tenant on audit_events for select to cordon_app
  -- One array rather than an "or": with that the planner may read a whole chain for one page.
  using (chain_id = any ((select visible_orgs() || current_account())::uuid[]));
create policy system on audit_events for select to cordon_system using (true);
create policy append on audit_events to cordon_audit using (true) with check (true);

alter table audit_chains enable row level security;
alter table audit_chains force row level security;
create policy tenant on audit_chains for select to cordon_app
  using (id = any ((select visible_orgs() || current_account())::uuid[]));
create policy system on audit_chains for select to cordon_system using (true);
create policy append on audit_chains to cordon_audit using (true) with check (true);

grant select, insert, update, delete on accounts, identities, sessions, orgs, projects to cordon_system;
grant select on audit_events, audit_chains to cordon_system, cordon_app;
grant insert on audit_events to cordon_audit;
grant select, insert, update on audit_chains to cordon_audit;

grant select on accounts, identities, grants, activity, orgs, projects, invitations, networks, apps to cordon_app;
grant update (name, time_zone, theme, single_keys) on accounts to cordon_app;
grant select (id, account_id, provider, address, agent, created_at, last_seen_at, expires_at), delete on sessions
  to cordon_app;
grant insert, update on grants, invitations to cordon_app;
grant delete on invitation_links to cordon_app;
grant select (org_id, invitation_id) on invitation_links to cordon_app;
grant insert on projects, networks to cordon_app;
grant insert on orgs to cordon_app;
grant update (name, description, deleted_at) on orgs to cordon_app;
grant insert, update, delete on apps to cordon_app;

-- ------------------------------------------------------------------ entering

-- THE authorization query: which roles an account has in an organization at this moment. Everything that decides about
-- access asks this function or the same condition in enter().
-- (plpgsql here and below: its plans are kept for the connection; a SQL function that cannot be inlined is planned anew
-- in every transaction.)
create function live_roles(org uuid, account uuid) returns text[] language plpgsql stable
  set search_path = pg_catalog, public as $$
begin
  return (
    select coalesce(array_agg(distinct role order by role), '{}') from grants
    where org_id = org and account_id = account and revoked_at is null
      and starts_at <= cordon_now() and (ends_at is null or ends_at > cordon_now()));
end $$;

-- Begins a request: finds the session, the account, the roles in the organization named, and sets the walls for the
-- rest of the transaction. Returns null without a live session; `org` is null when the organization does not exist or
-- holds nothing for this account, which the caller cannot tell apart. `shell` adds what the page's frame shows.
create function enter(session bytea, org_slug text, shell boolean) returns json language plpgsql security definer
  set search_path = pg_catalog, public as $$
declare
  who record;
  org record;
  here uuid;
  seen json;
  mine uuid[] := '{}';
begin
  select s.id, s.provider, s.created_at, s.last_seen_at < cordon_now() - interval '1 minute' as stale,
         a.id as account_id, a.name, a.email, a.time_zone, a.theme, a.single_keys
    into who
    from sessions s join accounts a on a.id = s.account_id
    where s.id_hash = session and s.expires_at > cordon_now()
      and s.last_seen_at > cordon_now() - interval '24 hours';
  if not found then return null; end if;

  if org_slug is not null then
    select o.id, o.slug, o.name, o.description, o.environment, o.project_id, o.created_at,
           live_roles(o.id, who.account_id) as roles
      into org from orgs o where o.slug = org_slug and o.deleted_at is null;
    if found and org.roles <> '{}' then
      here := org.id;
      seen := row_to_json(org);
      mine := array[here];
    end if;
  else
    select coalesce(array_agg(distinct g.org_id), '{}') into mine
      from grants g join orgs o on o.id = g.org_id
      where g.account_id = who.account_id and g.revoked_at is null and o.deleted_at is null
        and g.starts_at <= cordon_now() and (g.ends_at is null or g.ends_at > cordon_now());
  end if;
  perform set_config('cordon.account', who.account_id::text, true), set_config('cordon.orgs', mine::text, true);
  return json_build_object(
    'session', json_build_object('id', who.id, 'provider', who.provider, 'created_at', who.created_at,
                                 'stale', who.stale),
    'account', json_build_object('id', who.account_id, 'name', who.name, 'email', who.email,
                                 'time_zone', who.time_zone, 'theme', who.theme, 'single_keys', who.single_keys),
    'org', seen,
    'shell', case when shell then shell_of(who.account_id, here) end);
end $$;

-- What the frame around every page shows: the switcher's organizations and the counts beside the navigation.
create function shell_of(account uuid, here uuid) returns json language plpgsql stable security definer
  set search_path = pg_catalog, public as $$
begin
  return (
  with mine as (
    select g.org_id, array_agg(distinct g.role) as roles from grants g
    where g.account_id = account and g.revoked_at is null
      and g.starts_at <= cordon_now() and (g.ends_at is null or g.ends_at > cordon_now())
    group by g.org_id
  ), listed as (
    select o.id, o.slug, o.name, o.environment, o.project_id, p.name as project, m.roles, a.last_active_at,
      (select count(distinct g.account_id) from grants g where g.org_id = o.id and g.revoked_at is null
         and g.starts_at <= cordon_now() and (g.ends_at is null or g.ends_at > cordon_now())) as people
    from mine m join orgs o on o.id = m.org_id and o.deleted_at is null
      left join projects p on p.id = o.project_id
      left join activity a on a.org_id = o.id and a.account_id = account
    order by o.slug limit 200
  )
  select json_build_object(
    'orgs', coalesce((select json_agg(l order by l.slug) from listed l), '[]'),
    'total', (select count(*) from mine),
    'waiting', (select count(*) from invitations i join orgs o on o.id = i.org_id and o.deleted_at is null
                where i.state = 'waiting' and i.expires_at > cordon_now()
                  and i.email in (select email from identities where account_id = account and email_verified)),
    'invites', (select count(*) from invitations i where i.org_id = here and i.state in ('waiting', 'held')
                and i.expires_at > cordon_now()),
    'networks', (select count(*) from networks where org_id = here),
    'apps', (select count(*) from apps where org_id = here),
    'tokens', (select count(*) from tokens where org_id = here and revoked_at is null and expires_at > cordon_now())));
end $$;

-- The invitations that wait for the caller: for a verified address of theirs, in organizations that they may not see
-- yet. Says what the mail said, and no more.
create function my_invitations() returns table (org text, environment text, role text, inviter text,
                                                expires_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, public as $$
  select o.slug, o.environment, i.role, a.name, i.expires_at
  from invitations i join orgs o on o.id = i.org_id and o.deleted_at is null
    join accounts a on a.id = i.invited_by
  where i.state = 'waiting' and i.expires_at > cordon_now()
    and i.email in (select email from identities where account_id = current_account() and email_verified)
  order by i.created_at, i.id limit 20
$$;

-- Which of these addresses belong to somebody who is in an organization of the caller: says nothing about anybody else.
create function members_among(org uuid, addresses text[]) returns setof text language sql stable security definer
  set search_path = pg_catalog, public as $$
  select distinct d.email from identities d join grants g on g.account_id = d.account_id
  where org = any (visible_orgs()) and g.org_id = org and d.email = any (addresses) and d.email_verified
    and g.revoked_at is null and g.starts_at <= cordon_now() and (g.ends_at is null or g.ends_at > cordon_now())
$$;

-- Puts a job into the queue in the caller's transaction: it exists exactly when the change does. Thirteen attempts with
-- growing pauses take about a day. The queue's tables are made after these migrations, by `cordon migrate` as well.
create function enqueue_job(identifier text, payload jsonb, key text) returns void language plpgsql security definer
  set search_path = pg_catalog, public as $$
begin
  perform graphile_worker.add_job($1, $2::json, null, null, 13, $3);
end $$;

alter function members_among(uuid, text[]) owner to cordon_system;
alter function enqueue_job(text, jsonb, text) owner to cordon_system;
alter function live_roles(uuid, uuid) owner to cordon_system;
alter function my_invitations() owner to cordon_system;
alter function shell_of(uuid, uuid) owner to cordon_system;
alter function enter(bytea, text, boolean) owner to cordon_system;
alter function audit_append(jsonb) owner to cordon_audit;
alter function require_audit_event() owner to cordon_audit;
alter function lock_org_of_owner_grant() owner to cordon_system;
alter function require_owner() owner to cordon_system;
alter function keep_personal_org_private() owner to cordon_system;

revoke execute on all functions in schema public from public;
grant execute on function cordon_now(), cordon_clock(), visible_orgs(), current_account()
  to cordon_app, cordon_system, cordon_audit;
grant execute on function audit_field(bytea), audit_hash(audit_events) to cordon_audit, cordon_system;
grant execute on function enter(bytea, text, boolean), audit_append(jsonb) to cordon_app, cordon_system;
grant execute on function live_roles(uuid, uuid), my_invitations(), enqueue_job(text, jsonb, text)
  to cordon_app, cordon_system;
grant execute on function members_among(uuid, text[]) to cordon_app;
revoke create on schema public from cordon_system, cordon_audit;

-- Which migrations ran: the login of `cordon serve` asks this to say whether it is ready.
create function applied_migrations() returns table (version bigint, checksum bytea) language plpgsql stable
  security definer set search_path = pg_catalog, public as $$
begin
  return query execute 'select version, checksum from _sqlx_migrations where success';
end $$;
revoke execute on function applied_migrations() from public;
grant execute on function applied_migrations() to cordon_web;
grant usage on schema public to cordon_web;
