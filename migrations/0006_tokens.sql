-- Tokens: keys for machines. Only the SHA-256 of each is kept; the rest is what a list shows.

grant create on schema public to cordon_system;

create table tokens (
  id             uuid primary key,
  -- Null for a personal token, which goes where its maker goes.
  org_id         uuid references orgs,
  -- Who made it. Their roles now are the most that it may do.
  account_id     uuid not null references accounts,
  kind           text not null check (kind in ('deploy', 'org', 'read-only', 'personal')),
  scope          text not null,
  -- A deploy token's app. No foreign key: a token outlives its app in the lists, but not in live_token().
  app_id         uuid,
  app_name       text,
  name           text not null check (char_length(name) between 1 and 100),
  hash           bytea not null constraint tokens_hash_key unique check (octet_length(hash) = 32),
  last_four      text not null check (last_four ~ '^[0-9a-f]{4}$'),
  created_at     timestamptz not null default cordon_now(),
  expires_at     timestamptz not null,
  -- Observations, to the minute.
  last_used_at   timestamptz,
  last_used_from text check (char_length(last_used_from) <= 45),
  -- When the mail about its end was asked for.
  reminded_at    timestamptz,
  revoked_at     timestamptz,
  revoked_by     uuid references accounts,
  check ((org_id is null) = (kind = 'personal')),
  check ((app_id is null) = (kind <> 'deploy') and (app_id is null) = (app_name is null)),
  check (scope = any (case kind when 'deploy' then '{deploy}' when 'read-only' then '{read}'
                                when 'org' then '{member,admin}' else '{read,full}' end::text[])),
  check (expires_at > created_at and expires_at <= created_at + interval '365 days'),
  check ((revoked_at is null) = (revoked_by is null))
);
create index tokens_org_id_idx on tokens (org_id, id desc);
create index tokens_account_id_idx on tokens (account_id, id desc);
create index tokens_app_id_idx on tokens (org_id, app_id) where app_id is not null;
create index tokens_expires_at_idx on tokens (expires_at) where revoked_at is null and reminded_at is null;

-- Last use and the reminder are observations: they change nothing and leave no event.
create constraint trigger audited after insert or delete or update of org_id, account_id, kind, scope, app_id, app_name,
    name, hash, created_at, expires_at, revoked_at, revoked_by on tokens
  deferrable initially deferred for each row execute function require_audit_event('org_id or account_id');

-- What was revoked stays revoked.
create function keep_revoked() returns trigger language plpgsql as $$
begin
  raise exception 'a revoked token stays revoked'
    using errcode = 'integrity_constraint_violation', constraint = 'tokens_revoked_check';
end $$;
create trigger keep_revoked before update of revoked_at, revoked_by on tokens for each row
  when (old.revoked_at is not null) execute function keep_revoked();

alter table tokens enable row level security;
alter table tokens force row level security;
create policy tenant on tokens to cordon_app
  using (org_id = any ((select visible_orgs())::uuid[]) or (org_id is null and account_id = (select current_account())))
  with check (org_id = any ((select visible_orgs())::uuid[])
              or (org_id is null and account_id = (select current_account())));
create policy system on tokens to cordon_system using (true) with check (true);

grant select, insert, update, delete on tokens to cordon_system;
-- Not the hash: no page has a use for it.
grant select (id, org_id, account_id, kind, scope, app_id, app_name, name, last_four, created_at, expires_at,
              last_used_at, last_used_from, reminded_at, revoked_at, revoked_by) on tokens to cordon_app;
grant insert on tokens to cordon_app;
grant update (revoked_at, revoked_by) on tokens to cordon_app;

-- The token of that hash, if it is good at this moment: not revoked, not ended, its organization there, its maker still
-- in it, its app still in it. Everything that decides about a token asks this.
create function live_token(token bytea) returns setof tokens language plpgsql stable
  set search_path = pg_catalog, public as $$
begin
  return query
    select t.* from tokens t
    where t.hash = token and t.revoked_at is null and t.expires_at > cordon_now()
      and (t.org_id is null
           or (exists (select from orgs o where o.id = t.org_id and o.deleted_at is null)
               and live_roles(t.org_id, t.account_id) <> '{}'))
      and (t.app_id is null or exists (select from apps a where a.org_id = t.org_id and a.id = t.app_id));
end $$;

-- Begins a request that came with a token: as enter(), with the maker's roles now. `writes` makes a revocation wait for
-- this transaction, so that nothing done with a token commits after its revocation did.
--
-- An organization's token sees nothing of its maker's account: it is nobody's, as far as the walls know.
create function enter_token(token bytea, org_slug text, writes boolean) returns jsonb language plpgsql security definer
  set search_path = pg_catalog, public as $$
declare
  it tokens;
  who record;
  org record;
  mine uuid[] := '{}';
  answer jsonb;
begin
  if writes then
    perform from tokens t where t.hash = token for share;
  end if;
  select * into it from live_token(token);
  if not found then return null; end if;
  select a.id, a.name, a.email, a.time_zone, a.theme, a.single_keys into strict who
    from accounts a where a.id = it.account_id;
  perform set_config('cordon.token', it.id::text, true);
  perform set_config('cordon.account',
    case when it.org_id is null then who.id::text else '00000000-0000-0000-0000-000000000000' end, true);
  answer := jsonb_build_object(
    'token', jsonb_build_object('id', it.id, 'kind', it.kind, 'scope', it.scope, 'name', it.name, 'org_id', it.org_id,
                                'app', it.app_name, 'created_at', it.created_at, 'expires_at', it.expires_at,
                                'last_used_from', it.last_used_from,
                                'stale', it.last_used_at is null
                                         or it.last_used_at < date_trunc('minute', cordon_now())),
    'account', to_jsonb(who));

  if org_slug is not null or it.org_id is not null then
    select o.id, o.slug, o.name, o.description, o.environment, o.project_id, o.created_at,
           live_roles(o.id, it.account_id) as roles
      into org from orgs o
      where o.deleted_at is null and (org_slug is null or o.slug = org_slug) and (it.org_id is null or o.id = it.org_id);
    if found and org.roles <> '{}' then
      mine := array[org.id];
      answer := answer || jsonb_build_object('org', to_jsonb(org));
    end if;
  else
    select coalesce(array_agg(distinct g.org_id), '{}') into mine
      from grants g join orgs o on o.id = g.org_id
      where g.account_id = it.account_id and g.revoked_at is null and o.deleted_at is null
        and g.starts_at <= cordon_now() and (g.ends_at is null or g.ends_at > cordon_now());
  end if;
  perform set_config('cordon.orgs', mine::text, true);
  return answer;
end $$;

-- Whether a token would be let into this organization now, and as what: for whoever was shown one and asks. Null when
-- not, whatever the reason.
create function look_at_token(token bytea, org uuid) returns jsonb language plpgsql stable security definer
  set search_path = pg_catalog, public as $$
declare
  it tokens;
  roles text[];
begin
  if not org = any (visible_orgs()) then
    raise insufficient_privilege using message = 'this transaction may not ask about that organization';
  end if;
  select * into it from live_token(token);
  if not found or it.org_id <> org then return null; end if;
  roles := live_roles(org, it.account_id);
  if roles = '{}' then return null; end if;
  return jsonb_build_object('id', it.id, 'kind', it.kind, 'scope', it.scope, 'name', it.name, 'account', it.account_id,
                            'app', it.app_name, 'created_at', it.created_at, 'expires_at', it.expires_at,
                            'roles', roles);
end $$;

-- What a token is called and who made it, for the log of an organization in which a personal token acted.
create function token_face(token uuid) returns table (name text, account_id uuid) language plpgsql stable
  security definer set search_path = pg_catalog, public as $$
begin
  return query select t.name, t.account_id from tokens t where t.id = token;
end $$;

alter function live_token(bytea) owner to cordon_system;
alter function enter_token(bytea, text, boolean) owner to cordon_system;
alter function look_at_token(bytea, uuid) owner to cordon_system;
alter function token_face(uuid) owner to cordon_system;
revoke execute on function live_token(bytea), enter_token(bytea, text, boolean), look_at_token(bytea, uuid),
  token_face(uuid), keep_revoked() from public;
grant execute on function live_token(bytea) to cordon_system;
grant execute on function enter_token(bytea, text, boolean), look_at_token(bytea, uuid), token_face(uuid)
  to cordon_app, cordon_system;
revoke create on schema public from cordon_system;
