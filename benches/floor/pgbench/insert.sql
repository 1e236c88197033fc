-- The same row, unchained: what an append costs when it promises nothing.
\set org random(:first, :last)
begin;
set local role cordon_system;
insert into raw_events (chain_id, seq, at, action, actor_kind, actor_id, target_kind, target_id, target_name, changes,
    personal_digest, personal_salt, personal, prev_hash, hash)
  values (bench_id(5, :org), nextval('raw_seq'), clock_timestamp(), 'app.created', 'account', bench_id(1, 0), 'app',
    bench_id(8, 51), 'app-1-1', '{"network":[null,"default"]}', decode(repeat('00', 32), 'hex'),
    '\x000102030405060708090a0b0c0d0e0f',
    '{"address":"203.0.113.7","agent":"Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0","provider":"github"}',
    decode(repeat('01', 32), 'hex'), decode(repeat('02', 32), 'hex'));
commit;
