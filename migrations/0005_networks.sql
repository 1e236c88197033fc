-- Private networks: who may make them, the addresses that follow from their numbers, and the ways between them.

-- Nobody but the sequence gives a number, so that no row can take one that another had.
revoke insert on networks from cordon_app;
grant insert (id, org_id, name, created_by), delete on networks to cordon_app;
revoke insert, update on networks from cordon_system;
grant insert (id, org_id, name, created_by) on networks to cordon_system;

-- "Payments" and "payments" would be one to a person.
create unique index networks_org_id_lower_name_key on networks (org_id, lower(name));

-- An app's address is the prefix of its network, a zero, and the last half of its id: no two in a network are alike.
create unique index apps_address_key on apps (network_id, substring(uuid_send(id) from 9));
create index apps_org_id_network_id_name_idx on apps (org_id, network_id, name);

-- What an exposure points at: an app in the network that it has.
alter table apps add constraint apps_org_id_id_network_id_key unique (org_id, id, network_id);

-- An app keeps its network for as long as it is in its organization.
create function keep_app_network() returns trigger language plpgsql set search_path = pg_catalog, public as $$
begin
  raise exception 'an app keeps its network' using errcode = 'check_violation', constraint = 'apps_network_check';
end $$;
revoke execute on function keep_app_network() from public;
create trigger keep_network before update of network_id on apps for each row
  when (old.org_id = new.org_id and old.network_id <> new.network_id) execute function keep_app_network();

-- One app may be reached from one other network of its organization, on these ports. Nothing crosses organizations:
-- all three parts are found through the same org_id.
create table exposures (
  id             uuid primary key,
  org_id         uuid not null references orgs,
  app_id         uuid not null,
  -- The app's own network, so that "another one" is a rule of this row.
  app_network_id uuid not null,
  -- Where it may be reached from.
  network_id     uuid not null,
  protocol       text not null check (protocol in ('tcp', 'udp')),
  ports          integer[] not null
                 check (cardinality(ports) between 1 and 15 and 1 <= all (ports) and 65535 >= all (ports)
                        and array_position(ports, null) is null),
  created_by     uuid not null references accounts,
  created_at     timestamptz not null default cordon_now(),
  constraint exposures_other_network_check check (network_id <> app_network_id),
  constraint exposures_way_key unique (org_id, app_id, network_id, protocol),
  -- They go with their app.
  constraint exposures_app_fkey foreign key (org_id, app_id, app_network_id)
    references apps (org_id, id, network_id) on delete cascade,
  constraint exposures_network_fkey foreign key (org_id, network_id) references networks (org_id, id)
);
create index exposures_org_id_app_network_id_idx on exposures (org_id, app_network_id);
create index exposures_org_id_network_id_idx on exposures (org_id, network_id);

alter table exposures enable row level security;
alter table exposures force row level security;
create policy tenant on exposures to cordon_app
  using ((org_id = any ((select visible_orgs())::uuid[])) is true)
  with check (org_id = any ((select visible_orgs())::uuid[]));
create policy system on exposures to cordon_system using (true) with check (true);
grant select, insert, delete on exposures to cordon_app;
grant select, insert, update, delete on exposures to cordon_system;
create constraint trigger audited after insert or update or delete on exposures
  deferrable initially deferred for each row execute function require_audit_event('org_id');

-- The networks of an organization as pages draw them, "default" first, then by name: of each its first apps (those that
-- other networks reach come first) and its first exposures. At most so many of each, with the totals beside them.
create function network_plan(org uuid, after_name text, most integer, each integer) returns jsonb
  language plpgsql stable set search_path = pg_catalog, public as $$
begin
  return (
    with page as (
      select n.id, n.name, n.number, n.created_at, c.name as made_by, row_number() over (
          order by n.name <> 'default', n.name collate "C") as place
      from networks n left join accounts c on c.id = n.created_by
      where n.org_id = org and (after_name = ''
        or (n.name <> 'default' and (after_name = 'default' or n.name collate "C" > after_name)))
      order by place limit most
    )
    select coalesce(jsonb_agg(jsonb_build_object(
      'name', p.name, 'number', p.number, 'made_by', p.made_by, 'made_at', p.created_at,
      'apps_total', (select count(*) from apps a where a.org_id = org and a.network_id = p.id),
      'apps', (
        select coalesce(jsonb_agg(a.name order by a.reached desc, a.name), '[]') from (
          select a.name, exists (select from exposures e where e.org_id = org and e.app_id = a.id) as reached
          from apps a where a.org_id = org and a.network_id = p.id
          order by reached desc, a.name limit each) a),
      'exposures_total', (select count(*) from exposures e where e.org_id = org and e.app_network_id = p.id),
      'exposures', (
        select coalesce(jsonb_agg(jsonb_build_object('id', e.id, 'app', e.app, 'source', e.source,
          'protocol', e.protocol, 'ports', e.ports) order by e.app, e.source, e.protocol), '[]') from (
          select e.id, a.name as app, s.name as source, e.protocol, e.ports
          from exposures e join apps a on a.org_id = org and a.id = e.app_id
            join networks s on s.org_id = org and s.id = e.network_id
          where e.org_id = org and e.app_network_id = p.id
          order by a.name, s.name, e.protocol limit each) e)
    ) order by p.place), '[]') from page p);
end $$;
revoke execute on function network_plan(uuid, text, integer, integer) from public;
grant execute on function network_plan(uuid, text, integer, integer) to cordon_app, cordon_system;
