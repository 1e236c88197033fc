-- The audit log: one chain of events per organization and per account, appended by one function.
-- docs/audit-format.md describes the bytes that are hashed.

create table audit_chains (
  id   uuid primary key,
  kind text not null check (kind in ('org', 'account')),
  -- The newest event's number and hash. A row lock here puts the writers of one chain in order.
  seq  bigint not null,
  hash bytea not null check (octet_length(hash) = 32),
  -- The transaction that appended last: how require_audit_event() knows that a write has its event.
  tx   xid8
) with (fillfactor = 50);

create table audit_events (
  chain_id        uuid not null references audit_chains,
  seq             bigint not null check (seq > 0),
  at              timestamptz not null,
  action          text not null check (action ~ '^[a-z]+(\.[a-z_]+)$'),
  actor_kind      text not null check (actor_kind in ('account', 'token', 'system')),
  actor_id        uuid,
  target_kind     text,
  target_id       uuid,
  -- What the target was called then (a slug, an app's name). Never a person's name or address.
  target_name     text,
  request_id      uuid,
  reason          text,
  -- JSON object, keys sorted: field -> [before, after].
  changes         text not null check (octet_length(changes) <= 16384),
  -- Personal data (network address, browser, e-mail) lies beside the chain: only the digest is hashed into it, so that
  -- erasing the data later breaks nothing.
  personal_digest bytea not null check (octet_length(personal_digest) = 32),
  personal_salt   bytea,
  personal        text check (octet_length(personal) <= 4096),
  prev_hash       bytea not null,
  hash            bytea not null,
  -- Leads with the chain, and no other index is on seq alone: a page of one chain must never walk another's rows.
  primary key (chain_id, seq)
);

create function audit_field(value bytea) returns bytea language sql immutable parallel safe
  as $$ select case when value is null then '\xffffffff'::bytea else int4send(octet_length(value)) || value end $$;

create function audit_hash(e audit_events) returns bytea language plpgsql immutable parallel safe as $$
begin
  return sha256(
    convert_to('cordon.audit.event.v1', 'UTF8')
    || audit_field(uuid_send(e.chain_id)) || audit_field(int8send(e.seq))
    || audit_field(int8send((extract(epoch from e.at) * 1000000)::bigint))
    || audit_field(convert_to(e.action, 'UTF8'))
    || audit_field(convert_to(e.actor_kind, 'UTF8')) || audit_field(uuid_send(e.actor_id))
    || audit_field(convert_to(e.target_kind, 'UTF8')) || audit_field(uuid_send(e.target_id))
    || audit_field(convert_to(e.target_name, 'UTF8'))
    || audit_field(uuid_send(e.request_id)) || audit_field(convert_to(e.reason, 'UTF8'))
    || audit_field(convert_to(e.changes, 'UTF8'))
    || audit_field(e.personal_digest) || audit_field(e.prev_hash));
end $$;

-- Appends events in the caller's transaction; the only way into the log. `events` is a JSON array of objects with the
-- columns' names (chain_id, chain_kind, action, …). A request may speak only for its own account or token, and only
-- in the chains that it entered; jobs speak as the system or pass on who asked.
create function audit_append(events jsonb) returns void language plpgsql security definer
  set search_path = pg_catalog, public as $$
declare
  item jsonb;
  e audit_events;
  head audit_chains;
  speaker uuid;
begin
  for item in select value from jsonb_array_elements(events) loop
    e.chain_id := (item ->> 'chain_id')::uuid;
    e.actor_kind := item ->> 'actor_kind';
    e.actor_id := (item ->> 'actor_id')::uuid;
    -- What a token did is the token's, not its maker's.
    speaker := nullif(current_setting('cordon.token', true), '')::uuid;
    if current_setting('role') <> 'cordon_system' and (
         e.actor_kind <> case when speaker is null then 'account' else 'token' end
         or e.actor_id is distinct from coalesce(speaker, nullif(current_setting('cordon.account', true), '')::uuid)
         or not (e.chain_id = current_account() or e.chain_id = any (visible_orgs()))) then
      raise insufficient_privilege using message = 'this transaction may not write that event';
    end if;
    select * into head from audit_chains where id = e.chain_id for update;
    if not found then
      insert into audit_chains (id, kind, seq, hash)
        values (e.chain_id, item ->> 'chain_kind', 0,
                sha256(convert_to('cordon.audit.chain.v1', 'UTF8') || uuid_send(e.chain_id)))
        on conflict (id) do nothing;
      select * into strict head from audit_chains where id = e.chain_id for update;
    end if;
    e.seq := head.seq + 1;
    e.at := cordon_clock();
    e.action := item ->> 'action';
    e.target_kind := item ->> 'target_kind';
    e.target_id := (item ->> 'target_id')::uuid;
    e.target_name := item ->> 'target_name';
    e.request_id := (item ->> 'request_id')::uuid;
    e.reason := item ->> 'reason';
    e.changes := item ->> 'changes';
    e.personal := item ->> 'personal';
    e.personal_salt := decode(item ->> 'personal_salt', 'hex');
    e.personal_digest := sha256(convert_to('cordon.audit.personal.v1', 'UTF8')
      || audit_field(e.personal_salt) || audit_field(convert_to(e.personal, 'UTF8')));
    e.prev_hash := head.hash;
    e.hash := audit_hash(e);
    insert into audit_events select e.*;
    update audit_chains set seq = e.seq, hash = e.hash, tx = pg_current_xact_id() where id = e.chain_id;
  end loop;
end $$;

-- The second lock behind the types: no row of a tenant or account table is committed by a transaction that left no
-- event in that chain. The argument is the column that names the chain.
create function require_audit_event() returns trigger language plpgsql security definer
  set search_path = pg_catalog, public as $$
declare
  changed record;
  chain uuid;
begin
  if tg_op = 'DELETE' then changed := old; else changed := new; end if;
  if tg_argv[0] = 'org_id' then chain := changed.org_id;
  elsif tg_argv[0] = 'org_id or account_id' then chain := coalesce(changed.org_id, changed.account_id);
  elsif tg_argv[0] = 'account_id' then chain := changed.account_id;
  else chain := changed.id; end if;
  if not exists (select from audit_chains where id = chain and tx = pg_current_xact_id()) then
    raise exception '% on % leaves no event in the audit log', lower(tg_op), tg_table_name
      using errcode = 'integrity_constraint_violation', constraint = 'audit_event_required';
  end if;
  return null;
end $$;

create constraint trigger audited after insert or update or delete on accounts deferrable initially deferred
  for each row execute function require_audit_event('id');
create constraint trigger audited after insert or update of account_id, provider, subject, email, email_verified or delete
  on identities deferrable initially deferred for each row execute function require_audit_event('account_id');
create constraint trigger audited after insert or update or delete on orgs deferrable initially deferred
  for each row execute function require_audit_event('id');
create constraint trigger audited after insert or update or delete on grants deferrable initially deferred
  for each row execute function require_audit_event('org_id');

-- Nobody edits history, the owner of a careless session included.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise insufficient_privilege using message = 'the audit log is append-only';
end $$;
create trigger append_only before update or delete on audit_events
  for each row execute function refuse_change();
create trigger no_truncate before truncate on audit_events execute function refuse_change();
create trigger no_truncate before truncate on audit_chains execute function refuse_change();
