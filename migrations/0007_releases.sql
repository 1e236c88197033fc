-- Releases: what runs in an app, as its pipeline reports it. Cordon deploys nothing by itself.

grant create on schema public to cordon_system;

create table releases (
  id          uuid primary key,
  org_id      uuid not null references orgs,
  app_id      uuid not null,
  -- Counts within the app. Reports of one app are put in order by a lock on the app's row.
  seq         integer not null check (seq > 0),
  version     text not null check (char_length(version) between 1 and 100),
  commit      text check (commit ~ '^[0-9a-f]{7,64}$'),
  -- What is compared between an app and its counterpart: the commit where one is told, else the version. Pipelines
  -- report short and full hashes of the same commit.
  build       text not null generated always as (coalesce(left(commit, 7), version)) stored,
  status      text not null check (status in ('started', 'succeeded', 'failed')),
  url         text check (char_length(url) <= 500 and url ~ '^https?://'),
  started_at  timestamptz not null default cordon_now(),
  finished_at timestamptz,
  -- Who reported it: a person's own key or a token. The token stays behind when the app moves, so its name is kept
  -- here and no foreign key follows it.
  account_id  uuid references accounts,
  token_id    uuid,
  token_name  text check (char_length(token_name) <= 200),
  constraint releases_app_id_seq_key unique (app_id, seq),
  -- An app that moves to another organization takes its releases along; one that is deleted takes them with it.
  foreign key (org_id, app_id) references apps (org_id, id) on update cascade on delete cascade,
  check ((status = 'started') = (finished_at is null)),
  check (finished_at >= started_at)
);
create index releases_app_id_started_at_idx on releases (app_id, started_at desc);
create index releases_app_id_build_seq_idx on releases (app_id, build, seq desc) where status <> 'failed';
create index releases_app_id_version_started_idx on releases (app_id, version) where status = 'started';
create index releases_org_id_app_id_idx on releases (org_id, app_id);

-- What was answered to a report that carried an idempotency key: the same report again gets the same answer, another
-- one under the same key is refused.
create table release_keys (
  org_id      uuid not null,
  app_id      uuid not null,
  key         text not null check (char_length(key) between 1 and 255),
  fingerprint bytea not null check (octet_length(fingerprint) = 32),
  created     boolean not null,
  answer      jsonb not null,
  made_at     timestamptz not null default cordon_now(),
  primary key (app_id, key),
  foreign key (org_id, app_id) references apps (org_id, id) on update cascade on delete cascade
);
create index release_keys_app_id_made_at_idx on release_keys (app_id, made_at);

-- Names that an organization once had an app under, so that a pipeline that still reports it can be told why nothing
-- is there. Says nothing about where it went.
create table app_departures (
  org_id  uuid not null references orgs,
  name    text not null,
  how     text not null check (how in ('moved', 'deleted')),
  left_at timestamptz not null default cordon_now(),
  primary key (org_id, name)
);

-- What a list of apps shows and sorts by, kept beside the app so that a page costs one look per row.
alter table apps
  -- The name without its environment: how an app finds its counterpart in the paired organization.
  add column base text not null generated always as (regexp_replace(name, '-(production|staging|development)$', '')) stored,
  add column latest_seq integer,
  -- The newest that did not fail: what runs, or is going out.
  add column current_seq integer,
  add column deploy_state text not null default 'none' check (deploy_state in ('none', 'started', 'succeeded', 'failed')),
  add column deployed_at timestamptz not null default '-infinity';
create index apps_org_id_deployed_at_idx on apps (org_id, deployed_at desc, name);
create index apps_org_id_base_idx on apps (org_id, base);

create function follow_releases() returns trigger language plpgsql set search_path = pg_catalog, public as $$
begin
  update apps a set latest_seq = l.seq, deploy_state = l.status, deployed_at = l.started_at,
    current_seq = (select max(r.seq) from releases r where r.app_id = new.app_id and r.status <> 'failed')
  from (select seq, status, started_at from releases where app_id = new.app_id order by seq desc limit 1) l
  where a.id = new.app_id;
  return null;
end $$;
create trigger follow after insert or update of status on releases for each row execute function follow_releases();

-- The other half of a project's pair of organizations, for an account that may look inside both; nothing otherwise.
create function partner_of(org uuid) returns table (id uuid, slug text, environment text) language plpgsql stable
  security definer set search_path = pg_catalog, public as $$
begin
  return query
  select o.id, o.slug, o.environment from orgs here join orgs o on o.project_id = here.project_id
  where here.id = org and org = any (visible_orgs()) and o.id <> org and o.deleted_at is null
    and (here.environment, o.environment) in (('production', 'staging'), ('staging', 'production'))
    -- The roles that hold "view inside".
    and live_roles(o.id, current_account()) && array['owner', 'admin', 'member', 'viewer']
  order by o.slug limit 1;
end $$;

-- How apps of an organization stand next to their counterparts in the paired one: the same build, so many builds
-- behind or ahead of it, or neither knows the other's. One row per app that has a counterpart with a release.
create function next_to_partner(org uuid, apps_asked uuid[])
  returns table (app_id uuid, standing text, distance integer) language plpgsql stable
  security definer set search_path = pg_catalog, public as $$
declare
  partner uuid := (select p.id from partner_of(org) p);
begin
  if partner is null then return; end if;
  return query
  with pair as (
    select a.id as mine, b.id as theirs, ra.build as my_build, rb.build as their_build,
      (select max(r.seq) from releases r where r.app_id = b.id and r.build = ra.build and r.status <> 'failed') as they_had,
      (select max(r.seq) from releases r where r.app_id = a.id and r.build = rb.build and r.status <> 'failed') as i_had
    from apps a join apps b on b.org_id = partner and b.base = a.base
      join releases ra on ra.app_id = a.id and ra.seq = a.current_seq
      join releases rb on rb.app_id = b.id and rb.seq = b.current_seq
    where a.org_id = org and a.id = any (apps_asked)
  )
  select distinct on (p.mine) p.mine,
    case when p.my_build = p.their_build then 'same' when p.they_had is not null then 'behind'
         when p.i_had is not null then 'ahead' else 'differs' end,
    case when p.my_build = p.their_build then 0
         when p.they_had is not null then
           (select count(distinct r.build)::integer from releases r
            where r.app_id = p.theirs and r.seq > p.they_had and r.status <> 'failed')
         else (select count(distinct r.build)::integer from releases r
            where r.app_id = p.mine and r.seq > p.i_had and r.status <> 'failed') end
  from pair p order by p.mine, p.theirs;
end $$;

-- Changes when something happened in an organization or in the paired one: every change leaves an event in its chain.
-- What a page that stands open asks every second, so it reads two rows by their keys.
create function org_news(org uuid) returns text language plpgsql stable security definer
  set search_path = pg_catalog, public as $$
begin
  if org <> all (visible_orgs()) then return null; end if;
  return (select c.seq from audit_chains c where c.id = org)::text || '-'
    || coalesce((select c.seq from partner_of(org) p join audit_chains c on c.id = p.id)::text, '');
end $$;

-- Where a token finds an app by its name alone: in its own organization, or for a personal token wherever the app is, if
-- its maker is there.
create function token_home(token bytea, app text) returns text language plpgsql stable security definer
  set search_path = pg_catalog, public as $$
begin
  return (
    select o.slug from live_token(token) t join orgs o on o.deleted_at is null
      and o.id = coalesce(t.org_id, (select a.org_id from apps a
                                     where a.name = app and live_roles(a.org_id, t.account_id) <> '{}')));
end $$;

-- Widens a transaction to a second organization by its slug: for moving something between two. The caller then holds
-- their live roles there and must check them; null when it does not exist or holds nothing for the caller.
create function enter_also(org_slug text) returns jsonb language plpgsql security definer
  set search_path = pg_catalog, public as $$
declare
  org record;
begin
  select o.id, o.slug, o.name, o.description, o.environment, o.project_id, o.created_at,
         live_roles(o.id, current_account()) as roles
    into org from orgs o where o.slug = org_slug and o.deleted_at is null;
  if not found or org.roles = '{}' then return null; end if;
  perform set_config('cordon.orgs', array_append(visible_orgs(), org.id)::text, true);
  return to_jsonb(org);
end $$;

do $$
declare
  tenant text;
begin
  foreach tenant in array array['releases', 'release_keys', 'app_departures'] loop
    execute format('create constraint trigger audited after insert or update or delete on %I
      deferrable initially deferred for each row execute function require_audit_event(''org_id'')', tenant);
    execute format('alter table %I enable row level security', tenant);
    execute format('alter table %I force row level security', tenant);
    execute format('create policy tenant on %I to cordon_app
      using (org_id = any ((select visible_orgs())::uuid[]))
      with check (org_id = any ((select visible_orgs())::uuid[]))', tenant);
    execute format('create policy system on %I to cordon_system using (true) with check (true)', tenant);
    execute format('grant select, insert, update, delete on %I to cordon_system', tenant);
  end loop;
end $$;
grant select, insert on releases to cordon_app;
grant update (version, commit, status, url, finished_at) on releases to cordon_app;
grant select, insert, delete on release_keys to cordon_app;
grant select, insert, update, delete on app_departures to cordon_app;

alter function token_home(bytea, text) owner to cordon_system;
alter function partner_of(uuid) owner to cordon_system;
alter function next_to_partner(uuid, uuid[]) owner to cordon_system;
alter function org_news(uuid) owner to cordon_system;
alter function enter_also(text) owner to cordon_system;
revoke execute on function follow_releases(), token_home(bytea, text), partner_of(uuid), next_to_partner(uuid, uuid[]), org_news(uuid),
  enter_also(text) from public;
grant execute on function token_home(bytea, text) to cordon_system;
grant execute on function partner_of(uuid), next_to_partner(uuid, uuid[]), org_news(uuid), enter_also(text)
  to cordon_app;
revoke create on schema public from cordon_system;
