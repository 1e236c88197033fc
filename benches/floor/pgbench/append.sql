-- One event appended to the chain of an organization, as a request's commit does.
\set org random(:first, :last)
begin;
set local role cordon_system;
select audit_append(jsonb_build_array(jsonb_build_object('chain_id', bench_id(5, :org), 'chain_kind', 'org',
  'action', 'app.created', 'actor_kind', 'account', 'actor_id', bench_id(1, 0), 'target_kind', 'app',
  'target_id', bench_id(8, 51), 'target_name', 'app-1-1', 'changes', '{"network":[null,"default"]}',
  'personal', '{"address":"203.0.113.7","agent":"Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0","provider":"github"}',
  'personal_salt', '000102030405060708090a0b0c0d0e0f')));
commit;
