-- The roles that a Cordon database needs. Roles belong to the whole cluster, so they are made here, before the
-- first migration and by whoever may create roles; running it again changes nothing.
--
--   cordon_owner   owns every table; used by `cordon migrate` alone
--   cordon_app     what a signed-in person's request may touch, under row-level security
--   cordon_system  what jobs, sign-in and the session store may touch
--   cordon_audit   the only role that may add to the audit log; reached through audit_append() and by nobody's login
--   cordon_web     the login of `cordon serve`: owns nothing, and has no right until it takes one of the two roles
do $$
declare
  wanted text;
begin
  foreach wanted in array array['cordon_app', 'cordon_system', 'cordon_audit'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin', wanted);
    end if;
  end loop;
  if not exists (select from pg_roles where rolname = 'cordon_owner') then
    create role cordon_owner login;
  end if;
  if not exists (select from pg_roles where rolname = 'cordon_web') then
    create role cordon_web login noinherit;
  end if;
end $$;

grant cordon_app, cordon_system to cordon_web;
-- The owner hands functions over to these two, and must belong to them to do so.
grant cordon_system, cordon_audit to cordon_owner;
