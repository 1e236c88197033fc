-- An invitation for every guest, unanswered, with a session of the guest in which its link was opened. Guest g is
-- invited into one of the organizations 501 to 1000, whose pages are not measured.
\set ON_ERROR_STOP on
begin;
set local session_replication_role = replica;
delete from grants g using accounts a where a.id = g.account_id and a.id >= bench_id(1, 10000);
delete from invitations where id >= bench_id(11, 0);
delete from sessions where id >= bench_id(3, 10000);
insert into invitations (id, org_id, email, role, reason, invited_by, link_seconds, expires_at, mail_state)
  select bench_id(11, g), bench_id(5, 501 + g % 500), 'person' || 10000 + g || '@bench.example', 'member', 'Joins the team.',
    bench_id(1, (500 + g % 500) * 10), 604800, now() + interval '7 days', 'sent'
  from generate_series(0, :guests - 1) g;
insert into sessions (id_hash, id, account_id, provider, data, expires_at)
  select sha256(substr(sha256(convert_to('cordon bench ' || n, 'UTF8')), 1, 16)), bench_id(3, n), bench_id(1, n), 'github',
    jsonb_build_object('account', bench_id(1, n), 'provider', 'github', 'invitation', :invitation),
    now() + interval '14 days'
  from (select 10000 + g as n, g from generate_series(0, :guests - 1) g) guests;
update sessions set last_seen_at = now();
commit;
vacuum analyze;
