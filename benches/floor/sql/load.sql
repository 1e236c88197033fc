-- 1,000 organizations with 50 people, 50 apps and 5 open invitations each, and :rows audit events whose hashes are
-- real. Run by the superuser into a freshly migrated database. 10,000 accounts are in 5 organizations each; the
-- accounts after them are guests, who hold an invitation each (offers.sql).
--
-- Every id ends in a number of twelve digits, so that pgbench can write one: 100000000000 + n.
\set ON_ERROR_STOP on
begin;
set local session_replication_role = replica;

create function bench_id(kind integer, n bigint) returns uuid language sql immutable parallel safe
  as $$ select ('018d0000-0000-7' || lpad(kind::text, 3, '0') || '-8000-' || (100000000000 + n))::uuid $$;

-- Known here, so that the bench can write the cursor of a page deep down.
update list_keys set key = sha256('cordon bench');
insert into accounts (id, name, email)
  select bench_id(1, n),
    (array['Ada','Grace','Linus','Edsger','Barbara','Ken','Radia','Donald','Frances','Tony'])[1 + n % 10] || ' ' ||
    (array['Byron','Murray','Bell','Rybak','Huberman','Cole','Joy','Stearns','Allen','Lee','Hall'])[1 + n % 11] || ' ' || n,
    'person' || n || '@bench.example'
  from generate_series(0, 9999 + :guests) n;
insert into identities (id, account_id, provider, subject, email, email_verified)
  select bench_id(2, n), bench_id(1, n), 'github', n::text, 'person' || n || '@bench.example', true
  from generate_series(0, 9999 + :guests) n;
insert into sessions (id_hash, id, account_id, provider, address, agent, data, expires_at)
  select sha256(substr(sha256(convert_to('cordon bench ' || n, 'UTF8')), 1, 16)), bench_id(3, n), bench_id(1, n), 'github',
    '203.0.113.' || n % 256, 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0',
    jsonb_build_object('account', bench_id(1, n), 'provider', 'github'), now() + interval '14 days'
  from generate_series(0, 9999) n;

insert into projects (id, name) select bench_id(4, n), 'product-' || n from generate_series(1, 500) n;
insert into orgs (id, slug, name, description, environment, project_id, created_by, created_at)
  select bench_id(5, n), 'org-' || n, 'Organization ' || n, 'Who can reach product ' || (n + 1) / 2 || '.',
    case when n % 2 = 1 then 'production' else 'staging' end, bench_id(4, (n + 1) / 2), bench_id(1, (n - 1) * 10),
    now() - interval '1 year'
  from generate_series(1, 1000) n;
insert into grants (id, org_id, account_id, role, path, reason, granted_by, starts_at, ends_at)
  select bench_id(6, n * 50 + j), bench_id(5, n), bench_id(1, ((n - 1) * 10 + j) % 10000),
    case when j = 0 then 'owner' when j < 4 then 'admin' when j < 30 then 'member' when j < 45 then 'viewer' else 'billing' end,
    case when j = 0 then 'created' else 'invitation' end, 'Works on product ' || n || ' and is on call.',
    bench_id(1, (n - 1) * 10), now() - make_interval(days => 300 - j),
    case when j % 5 = 4 then now() + make_interval(days => j) end
  from generate_series(1, 1000) n, generate_series(0, 49) j;
insert into activity (org_id, account_id, last_active_at)
  select org_id, account_id, now() - make_interval(mins => (random() * 9000)::integer) from grants;
insert into networks (id, org_id, name) select bench_id(7, n), bench_id(5, n), 'default' from generate_series(1, 1000) n;
insert into apps (id, org_id, network_id, name, description, url, owner_id, created_by, created_at)
  select bench_id(8, n * 50 + j), bench_id(5, n), bench_id(7, n), 'app-' || n || '-' || j, 'What it does, in a few words.',
    'https://app-' || n || '-' || j || '.bench.example', bench_id(1, ((n - 1) * 10 + j) % 10000),
    bench_id(1, (n - 1) * 10), now() - make_interval(days => j)
  from generate_series(1, 1000) n, generate_series(0, 49) j;
insert into invitations (id, org_id, email, role, reason, invited_by, link_seconds, expires_at)
  select bench_id(9, n * 5 + j), bench_id(5, n), 'open' || n || '-' || j || '@bench.example', 'member', 'Joins the team.',
    bench_id(1, (n - 1) * 10), 604800, now() + interval '7 days'
  from generate_series(1, 1000) n, generate_series(0, 4) j;

-- A chain, as audit_append() would have made it over the last year.
create function bench_chain(n integer, events bigint) returns void language plpgsql as $$
declare
  e audit_events;
  i bigint;
begin
  e.chain_id := bench_id(5, n);
  e.hash := sha256(convert_to('cordon.audit.chain.v1', 'UTF8') || uuid_send(e.chain_id));
  e.actor_kind := 'account';
  e.personal := '{"address":"203.0.113.7","agent":"Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0","provider":"github"}';
  for i in 1 .. events loop
    e.seq := i;
    e.at := date_trunc('milliseconds', now() - (events - i) * (interval '1 year' / events));
    e.actor_id := bench_id(1, ((n - 1) * 10 + i % 4) % 10000);
    e.request_id := bench_id(10, i);
    if i % 2 = 0 then
      e.action := 'app.created'; e.target_kind := 'app'; e.target_id := bench_id(8, n * 50 + i % 50);
      e.target_name := 'app-' || n || '-' || i % 50; e.reason := null; e.changes := '{"network":[null,"default"]}';
    else
      e.action := 'org.invitation_accepted'; e.target_kind := 'invitation'; e.target_id := bench_id(9, i);
      e.target_name := null; e.reason := 'Works on the product and is on call.'; e.changes := '{"role":[null,"member"]}';
    end if;
    e.personal_salt := substr(sha256(int8send(i)), 1, 16);
    e.personal_digest := sha256(convert_to('cordon.audit.personal.v1', 'UTF8')
      || audit_field(e.personal_salt) || audit_field(convert_to(e.personal, 'UTF8')));
    e.prev_hash := e.hash;
    e.hash := audit_hash(e);
    insert into audit_events select e.*;
  end loop;
  insert into audit_chains (id, kind, seq, hash) values (e.chain_id, 'org', events, e.hash);
end $$;
-- The first organization holds three tenths of all events, and its rows lie below everybody else's.
select bench_chain(1, :rows * 3 / 10);
select count(bench_chain(n, :rows * 7 / 10 / 999)) from generate_series(2, 1000) n;

-- What the chained append is compared with: the same row into the same kind of table, and nothing else.
create table raw_events (like audit_events including all);
create sequence raw_seq;
grant insert on raw_events to cordon_system;
grant usage on sequence raw_seq to cordon_system;
grant execute on function bench_id(integer, bigint) to cordon_system;
create role bench_floor login bypassrls;
grant usage on schema public to bench_floor;
grant select on sessions, orgs, accounts, grants, activity to bench_floor;
commit;
