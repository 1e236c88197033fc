-- Tokens that $1 may see, newest first: those of organizations where $1 holds one of the roles $2, and their own.
with mine as (
  select g.org_id, array_agg(distinct g.role) as roles from grants g
  where g.account_id = $1 and g.revoked_at is null
    and g.starts_at <= cordon_now() and (g.ends_at is null or g.ends_at > cordon_now())
  group by g.org_id
)
select t.id, o.slug as "org?", o.environment as "environment?", t.kind, t.scope, t.app_name, t.name,
       t.last_four, t.account_id, a.name as maker, t.created_at, t.expires_at, t.last_used_at, t.last_used_from,
       t.revoked_at, t.expires_at <= cordon_now() as "ended!",
       case when t.org_id is not null then live_roles(t.org_id, t.account_id) end as "maker_roles?: Vec<String>",
       (t.app_id is null or exists (select from apps p where p.org_id = t.org_id and p.id = t.app_id)) as "app_there!",
       coalesce(m.roles, '{}') as "my_roles!: Vec<String>"
from tokens t
  join accounts a on a.id = t.account_id
  left join orgs o on o.id = t.org_id
  left join mine m on m.org_id = t.org_id
where (m.roles && $2::text[] or (t.org_id is null and t.account_id = $1))
  and (t.org_id is null or o.deleted_at is null)
  and ($3::uuid is null or t.org_id = $3)
  and ($4::uuid is null or t.account_id = $4)
  and ($5::text is null or t.app_name = $5)
  and ($6::uuid is null or t.id = $6)
  and (not $7::boolean or t.org_id is null)
  and ($8::boolean or (t.revoked_at is null and t.expires_at > cordon_now()))
  and (not $9::boolean or o.environment = 'production')
  and ($10::timestamptz is null or coalesce(t.last_used_at, t.created_at) < $10)
  and ($11::timestamptz is null or t.expires_at > $11)
  and (not $12::boolean or (t.org_id is not null and live_roles(t.org_id, t.account_id) = '{}'))
  and ($13::text is null
       or strpos(lower(concat_ws(E'\n', t.name, t.app_name, o.slug, a.name, t.last_four)), lower($13)) > 0)
  and ($14::uuid is null or t.id < $14)
order by t.id desc limit $15
