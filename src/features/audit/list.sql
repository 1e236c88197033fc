-- Events of one chain, newest first, with today's names of the people in them. Numbers have no gaps, so an unfiltered
-- page ($9) is a range of the primary key as long as the page: its cost does not hang on what the planner guesses.
select e.seq, e.at, e.action, e.target_kind, e.target_name, e.request_id, e.reason, e.changes, e.personal,
       e.prev_hash, e.hash, coalesce(face.account_id, e.actor_id) as "person_id?", actor.name as "actor?", face.name as "token?",
       person.name as "person?"
from audit_events e
  -- A token is asked for only where one acted; it is its maker who is looked for by name.
  left join lateral (select f.name, f.account_id from token_face(e.actor_id) f where e.actor_kind = 'token' offset 0) face
    on true
  left join accounts actor on actor.id = coalesce(face.account_id, e.actor_id)
  left join accounts person on person.id = e.target_id and e.target_kind = 'account'
where e.chain_id = $1 and e.seq < $2
  and e.seq >= case when $9 then least($2, (select c.seq + 1 from audit_chains c where c.id = $1)) - $3 else 0 end
  and ($4::uuid is null or coalesce(face.account_id, e.actor_id) = $4)
  and ($5::text[] is null or e.action = any ($5))
  and ($6::timestamptz is null or e.at >= $6)
  and ($7::timestamptz is null or e.at < $7)
  and ($8::text is null
       or strpos(lower(concat_ws(E'\n', e.target_name, e.reason, actor.name, face.name, person.name)), lower($8)) > 0)
order by e.seq desc limit $3
