-- Time, people, sessions, organizations, grants.
--
-- Three kinds of table, told apart by their columns:
--   tenant tables carry org_id, row-level security and the audit trigger;
--   account tables carry account_id (or are accounts) and the audit trigger on the account's chain;
--   the rest is machinery (sessions, activity) and says here why it needs no event.

revoke all on schema public from public;
grant usage on schema public to cordon_app, cordon_system, cordon_audit;
-- Needed to hand functions to these roles below; taken back by the last migration of the set.
grant create on schema public to cordon_system, cordon_audit;

-- "Now" for every rule about access. One function, so that a test or the sample data can move it.
create function cordon_now() returns timestamptz language sql stable parallel safe
  as 'select now()';
-- "Now" for an event in the audit log: the moment of the append, not of the transaction's start.
create function cordon_clock() returns timestamptz language sql volatile
  as 'select clock_timestamp()';

-- ------------------------------------------------------------------ accounts

create table accounts (
  id         uuid primary key,
  name       text not null check (char_length(name) between 1 and 100),
  -- A contact, canonical form (ASCII lower case, IDNA domain). Never an identity.
  email      text check (char_length(email) <= 254),
  time_zone  text not null default 'UTC' check (char_length(time_zone) <= 64),
  theme      text not null default 'system' check (theme in ('system', 'light', 'dark')),
  single_keys boolean not null default true,
  created_at timestamptz not null default cordon_now()
);

create table identities (
  id             uuid primary key,
  account_id     uuid not null references accounts,
  provider       text not null,
  subject        text not null check (char_length(subject) between 1 and 255),
  email          text check (char_length(email) <= 254),
  email_verified boolean not null default false,
  created_at     timestamptz not null default cordon_now(),
  last_used_at   timestamptz not null default cordon_now(),
  constraint identities_provider_subject_key unique (provider, subject)
);
create index identities_account_id_idx on identities (account_id);
create index identities_email_idx on identities (email) where email_verified;

-- Sessions of tower-sessions. The key is the SHA-256 of the id in the cookie: a copy of this table opens nothing.
-- No audit trigger: sessions are touched every minute; starting and ending one is an event of the account's chain.
create table sessions (
  id_hash      bytea primary key check (octet_length(id_hash) = 32),
  id           uuid not null unique,
  account_id   uuid references accounts on delete cascade,
  provider     text,
  address      text,
  agent        text,
  data         jsonb not null,
  created_at   timestamptz not null default cordon_now(),
  last_seen_at timestamptz not null default cordon_now(),
  -- The absolute limit: 14 days signed in, 10 minutes for a sign-in under way.
  expires_at   timestamptz not null
);
create index sessions_account_id_idx on sessions (account_id, last_seen_at desc);
create index sessions_expires_at_idx on sessions (expires_at);

-- What the pages of a list are sealed with, so that a link to the next one is taken back only as it was given out. Kept
-- here so that every process has the same one and a restart breaks no link; whoever reads this table can read the lists.
create table list_keys (
  id  integer primary key default 1 check (id = 1),
  key bytea not null check (octet_length(key) = 32)
);
insert into list_keys (key) values (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
grant select on list_keys to cordon_system;
create function list_key() returns bytea language sql stable security definer set search_path = pg_catalog, public
  as 'select key from list_keys';
alter function list_key() owner to cordon_system;
grant execute on function list_key() to cordon_app;

-- ------------------------------------------------------------- organizations

create table projects (
  id         uuid primary key,
  name       text not null check (name ~ '^[a-z][a-z0-9-]{1,50}$'),
  created_at timestamptz not null default cordon_now()
);

create table orgs (
  id                  uuid primary key,
  slug                text not null constraint orgs_slug_key unique check (slug ~ '^[a-z][a-z0-9-]{2,62}$'),
  name                text not null check (char_length(name) between 1 and 100),
  description         text not null default '' check (char_length(description) <= 500),
  environment         text not null check (environment in ('production', 'staging', 'development', 'personal')),
  project_id          uuid references projects,
  -- What is paid for. Chosen when the organization is made; it limits nothing.
  plan                text not null default 'free' check (plan in ('free', 'team')),
  personal_account_id uuid constraint orgs_personal_account_id_key unique references accounts,
  created_by          uuid not null references accounts,
  created_at          timestamptz not null default cordon_now(),
  deleted_at          timestamptz,
  check ((environment = 'personal') = (personal_account_id is not null)),
  check (environment <> 'personal' or project_id is null)
);
create index orgs_project_id_idx on orgs (project_id) where project_id is not null;

-- One role for one account in one organization over a span of time. Ended ones stay: they are the history.
create table grants (
  id            uuid primary key,
  org_id        uuid not null references orgs,
  account_id    uuid not null references accounts,
  role          text not null check (role in ('owner', 'admin', 'member', 'viewer', 'billing')),
  path          text not null check (path in ('created', 'invitation', 'request', 'break-glass', 'sync')),
  reason        text check (char_length(reason) <= 500),
  granted_by    uuid references accounts,
  starts_at     timestamptz not null default cordon_now(),
  ends_at       timestamptz,
  revoked_at    timestamptz,
  revoked_by    uuid references accounts,
  -- The grant whose place this one took (a changed role or end date).
  replaces      uuid,
  constraint grants_org_id_id_key unique (org_id, id),
  foreign key (org_id, replaces) references grants (org_id, id),
  check (ends_at > starts_at),
  check ((revoked_at is null) = (revoked_by is null))
);
create index grants_org_id_account_id_live_idx on grants (org_id, account_id) include (role, starts_at, ends_at)
  where revoked_at is null;
-- Who was removed in the last minutes may be restored.
create index grants_org_id_revoked_at_idx on grants (org_id, revoked_at) where revoked_at is not null;
create index grants_account_id_live_idx on grants (account_id, org_id) include (role, starts_at, ends_at)
  where revoked_at is null;

-- When a person was last seen in an organization. An observation, not a change: no audit trigger.
create table activity (
  org_id         uuid not null references orgs,
  account_id     uuid not null references accounts,
  last_active_at timestamptz not null,
  primary key (org_id, account_id)
);
create index activity_account_id_idx on activity (account_id, last_active_at desc);

-- ------------------------------------------------- rules that hold by themselves

-- Every organization keeps at least one owner whose access has no end. Two requests that each remove the other owner
-- meet at the organization's row: the second waits, counts again and is refused.
create function lock_org_of_owner_grant() returns trigger language plpgsql security definer
  set search_path = pg_catalog, public as $$
begin
  perform from orgs where id = old.org_id for no key update;
  return null;
end $$;
create function require_owner() returns trigger language plpgsql security definer
  set search_path = pg_catalog, public as $$
declare
  org uuid := case when tg_table_name = 'orgs' then (to_jsonb(new) ->> 'id')::uuid
                   else (to_jsonb(case when tg_op = 'DELETE' then old else new end) ->> 'org_id')::uuid end;
begin
  if exists (select from orgs where id = org and deleted_at is null)
     and not exists (select from grants where org_id = org and role = 'owner'
                     and revoked_at is null and ends_at is null and starts_at <= cordon_now()) then
    raise exception 'organization % would have no owner', org
      using errcode = 'integrity_constraint_violation', constraint = 'orgs_owner_check';
  end if;
  return null;
end $$;
create trigger lock_org after update or delete on grants for each row
  when (old.role = 'owner') execute function lock_org_of_owner_grant();
create constraint trigger keep_owner after update or delete on grants deferrable initially deferred
  for each row when (old.role = 'owner') execute function require_owner();
create constraint trigger begin_with_owner after insert on orgs deferrable initially deferred
  for each row execute function require_owner();

-- Nobody but its person is ever in a personal organization.
create function keep_personal_org_private() returns trigger language plpgsql security definer
  set search_path = pg_catalog, public as $$
begin
  if exists (select from orgs where id = new.org_id and environment = 'personal'
             and personal_account_id <> new.account_id) then
    raise exception 'a personal organization has one member'
      using errcode = 'check_violation', constraint = 'grants_personal_check';
  end if;
  return null;
end $$;
create trigger personal_org after insert or update of account_id, org_id on grants
  for each row execute function keep_personal_org_private();
