-- What the system may do with the job queue's tables, which belong to the owner like all others. Run after each
-- migration of the queue; running it again changes nothing. Requests have no right here: they reach the queue through
-- enqueue_job() alone.
revoke all on schema graphile_worker from public;
revoke execute on all functions in schema graphile_worker from public;
grant usage on schema graphile_worker to cordon_system;
grant select, insert, update, delete on all tables in schema graphile_worker to cordon_system;
grant usage on all sequences in schema graphile_worker to cordon_system;
grant execute on all functions in schema graphile_worker to cordon_system;
-- The queue's own migrations switch row-level security on and leave it without a policy.
do $$
declare
  item record;
begin
  for item in
    select c.oid::regclass as name, c.oid from pg_class c
    where c.relnamespace = 'graphile_worker'::regnamespace and c.relkind in ('r', 'p') and c.relrowsecurity
      and not exists (select from pg_policy where polrelid = c.oid and polname = 'system')
  loop
    execute format('create policy system on %s to cordon_system using (true) with check (true)', item.name);
  end loop;
end $$;
