-- The statements of one accepted invitation, in the order in which Cordon sends them.
\set g :base + :client_id * :each + :i
\set i :i + 1
begin;
set local role cordon_system;
select id from invitations where id = bench_id(11, :g) for update;
select i.id, i.org_id, o.slug, o.environment, i.email, i.role, i.access_ends_at, i.reason, i.state, i.sending, i.expires_at,
    i.created_at, i.decided_by, d.name, i.invited_by, a.name, a.email, i.expires_at <= cordon_now(), o.deleted_at is not null
  from invitations i join orgs o on o.id = i.org_id join accounts a on a.id = i.invited_by
    left join accounts d on d.id = i.decided_by
  where i.id = bench_id(11, :g);
select exists (select from identities where account_id = bench_id(1, 10000 + :g)
  and email = 'person' || 10000 + :g || '@bench.example' and email_verified);
select role from grants where org_id = bench_id(5, 501 + :g % 500) and account_id = bench_id(1, (500 + :g % 500) * 10)
  and revoked_at is null and starts_at <= cordon_now() and (ends_at is null or ends_at > cordon_now()) for share;
update invitations set state = 'joined', decided_by = bench_id(1, 10000 + :g), decided_at = cordon_now()
  where id = bench_id(11, :g) and sending = 1 and state = 'waiting' and expires_at > cordon_now();
insert into grants (id, org_id, account_id, role, path, reason, granted_by, ends_at)
  values (bench_id(12, :g), bench_id(5, 501 + :g % 500), bench_id(1, 10000 + :g), 'member', 'invitation',
    'Joins the team.', bench_id(1, (500 + :g % 500) * 10), null);
select audit_append(jsonb_build_array(jsonb_build_object('chain_id', bench_id(5, 501 + :g % 500), 'chain_kind', 'org',
  'action', 'org.invitation_accepted', 'actor_kind', 'account', 'actor_id', bench_id(1, 10000 + :g),
  'target_kind', 'invitation', 'target_id', bench_id(11, :g), 'changes', '{"role":[null,"member"]}',
  'reason', 'Joins the team.', 'personal', '{"address":"127.0.0.1","email":"person@bench.example"}',
  'personal_salt', '000102030405060708090a0b0c0d0e0f')));
commit;
