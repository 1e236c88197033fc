-- The gate: one question for whoever stands in front of an app, "may this caller in?".

grant create on schema public to cordon_system;

-- Who shows this session or token, and which roles they hold now in the organization of that app. Null when the session
-- or token is not good. Without such an app, or without a way into its organization, `roles` is empty: the caller
-- cannot tell which.
--
-- One statement outside any request's transaction: it reads what live_roles() and live_token() read, and nothing is kept.
create function gate(session bytea, token bytea, app text) returns json language plpgsql stable security definer
  set search_path = pg_catalog, public as $$
declare
  it tokens;
  who record;
  place record;
  roles text[] := '{}';
begin
  if token is not null then
    select * into it from live_token(token);
    if not found then return null; end if;
    select a.id, a.name, a.email, null::uuid as session,
        coalesce(it.last_used_at < date_trunc('minute', cordon_now()), true) as stale into strict who
      from accounts a where a.id = it.account_id;
  else
    select a.id, a.name, a.email, s.id as session, s.last_seen_at < cordon_now() - interval '1 minute' as stale into who
      from sessions s join accounts a on a.id = s.account_id
      where s.id_hash = session and s.expires_at > cordon_now()
        and s.last_seen_at > cordon_now() - interval '24 hours';
    if not found then return null; end if;
  end if;

  select a.id, a.org_id, o.slug, o.environment into place
    from apps a join orgs o on o.id = a.org_id and o.deleted_at is null where a.name = app;
  if found and (it.org_id is null or it.org_id = place.org_id) and (it.app_id is null or it.app_id = place.id) then
    roles := live_roles(place.org_id, who.id);
  end if;
  return json_build_object(
    'account', who.id, 'name', who.name, 'email', who.email, 'session', who.session, 'stale', who.stale,
    'token', it.id, 'scope', it.scope, 'used_from', it.last_used_from,
    'org', place.org_id, 'slug', place.slug, 'environment', place.environment, 'roles', roles);
end $$;

alter function gate(bytea, bytea, text) owner to cordon_system;
revoke execute on function gate(bytea, bytea, text) from public;
grant execute on function gate(bytea, bytea, text) to cordon_web;
revoke create on schema public from cordon_system;
