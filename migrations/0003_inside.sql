-- What lies inside an organization: invitations, networks, apps. All are tenant tables.

create table invitations (
  id           uuid primary key,
  org_id       uuid not null references orgs,
  -- Canonical form; compared as stored, never folded again.
  email        text not null check (char_length(email) <= 254),
  role         text not null check (role in ('owner', 'admin', 'member', 'viewer', 'billing')),
  access_ends_at timestamptz,
  reason       text check (char_length(reason) <= 500),
  -- held: the inviter may no longer grant this role; an admin's approval lets it go on.
  state        text not null default 'waiting'
               check (state in ('waiting', 'held', 'joined', 'declined', 'withdrawn', 'expired')),
  invited_by   uuid not null references accounts,
  created_at   timestamptz not null default cordon_now(),
  -- How long a link lives; each sending starts it anew.
  link_seconds integer not null check (link_seconds between 3600 and 2592000),
  expires_at   timestamptz not null,
  -- Counts the sendings that were asked for. A link of an earlier one is dead.
  sending      integer not null default 1,
  mail_state   text not null default 'pending' check (mail_state in ('pending', 'sent', 'failed')),
  mail_error   text,
  opened_at    timestamptz,
  decided_at   timestamptz,
  decided_by   uuid references accounts,
  constraint invitations_org_id_id_key unique (org_id, id)
);
-- One open offer per address: asking again renews this row.
create unique index invitations_open_key on invitations (org_id, email) where state in ('waiting', 'held', 'expired');
create index invitations_org_id_created_at_idx on invitations (org_id, created_at desc, id desc);
-- Counted beside the navigation of every page.
create index invitations_unanswered_idx on invitations (org_id, expires_at) where state in ('waiting', 'held');
create index invitations_email_waiting_idx on invitations (email) where state = 'waiting';
create index invitations_expires_at_idx on invitations (expires_at) where state = 'waiting';

-- The links that were mailed: only the SHA-256 of each token. The mail worker makes one for every attempt, so a mail
-- that goes out twice after a crash carries two links that both work, once.
create table invitation_links (
  token_hash    bytea primary key check (octet_length(token_hash) = 32),
  org_id        uuid not null,
  invitation_id uuid not null,
  sending       integer not null,
  made_at       timestamptz not null default cordon_now(),
  foreign key (org_id, invitation_id) references invitations (org_id, id) on delete cascade
);
create index invitation_links_invitation_idx on invitation_links (org_id, invitation_id);

create table networks (
  id         uuid primary key,
  org_id     uuid not null references orgs,
  name       text not null check (name ~ '^[a-zA-Z][a-zA-Z0-9-]{0,62}$'),
  -- 32 bits, counted up over the installation and never reused: the network's IPv6 prefix is made of it.
  number     bigint not null generated always as identity (maxvalue 4294967295) unique
             check (number between 1 and 4294967295),
  created_by uuid references accounts,
  created_at timestamptz not null default cordon_now(),
  constraint networks_org_id_name_key unique (org_id, name),
  constraint networks_org_id_id_key unique (org_id, id)
);

create table apps (
  id          uuid primary key,
  org_id      uuid not null references orgs,
  network_id  uuid not null,
  name        text not null constraint apps_name_key unique check (name ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  description text not null default '' check (char_length(description) <= 500),
  url         text check (char_length(url) <= 500 and url ~ '^https?://'),
  owner_id    uuid references accounts,
  created_by  uuid not null references accounts,
  created_at  timestamptz not null default cordon_now(),
  updated_at  timestamptz not null default cordon_now(),
  constraint apps_org_id_id_key unique (org_id, id),
  foreign key (org_id, network_id) references networks (org_id, id)
);
create index apps_org_id_name_idx on apps (org_id, name);

-- Why a mail waits and when a link was first opened are observations: they change nothing and leave no event.
create constraint trigger audited after insert or delete or update of org_id, email, role, access_ends_at, reason, state,
    invited_by, link_seconds, expires_at, sending, mail_state, decided_at, decided_by on invitations
  deferrable initially deferred for each row execute function require_audit_event('org_id');
do $$
declare
  tenant text;
begin
  foreach tenant in array array['networks', 'apps'] loop
    execute format('create constraint trigger audited after insert or update or delete on %I
      deferrable initially deferred for each row execute function require_audit_event(''org_id'')', tenant);
  end loop;
end $$;
