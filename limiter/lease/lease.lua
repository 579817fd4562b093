-- Slots of one client id, leased to nodes: the second half of a script whose first is `account.lua`.
--
-- Every slot in use is counted in ENTRIES, a sorted set scored by the time at which it comes home. A member reads
-- "<node>:<what>:<count>"; one sync adds one entry per time of return, and one lease. STATE is a document: the limit,
-- the total, and of every node what it holds, wants and may rely on.
-- The invariant: total, plus what members may still use of their floors, never grows beyond the limit by a grant.
--
-- A floor is the part of the limit that a node may use without asking. It is granted like a slot, only where there
-- is room, and withheld from the others until the node signs off or a fence has passed.

local BURST = 4                -- bulk calls that may leave back to back before the pace holds them
local KNOWN_RETURNS = 64       -- returns told one by one; the number of the others follows from the total

local state

-- Members and their slots

local function held(member)
  -- The node has heard of one of its last two floors; nobody knows which, so both are honoured.
  return math.max(member.floor, member.last_floor)
end

local function withheld_from(node)
  local sum = 0
  for name, member in pairs(state.members) do
    if name ~= node then sum = sum + math.max(0, held(member) - member.used) end
  end
  return sum
end

local function count(node, slots)
  state.total = state.total + slots
  local member = state.members[node]
  if member then member.used = member.used + slots end
end

local function add_entry(what, expires_in, slots)
  if slots > 0 then
    -- One more, because the clock was rounded down.
    redis.call('ZADD', ENTRIES, now + 1 + expires_in, ask.node .. ':' .. what .. ':' .. slots)
    count(ask.node, slots)
  end
end

local function owner_and_slots(entry)
  local node, slots = string.match(entry, '^([^:]+):.*:(%d+)$')
  return node, tonumber(slots)
end

local function drop_expired()
  local due = redis.call('ZRANGE', ENTRIES, '-inf', now, 'BYSCORE')
  for _, entry in ipairs(due) do
    local node, slots = owner_and_slots(entry)
    count(node, -slots)
  end
  if #due > 0 then redis.call('ZREMRANGEBYSCORE', ENTRIES, '-inf', now) end
end

local function forget_the_silent()
  for name, member in pairs(state.members) do
    -- The node stops at the fence by its own clock; its last calls are in the window for one more horizon.
    if now > member.seen + ask.fence + ask.horizon then
      state.members[name] = nil
      redis.call('HDEL', REPLIES, name)
    end
  end
end

local function newcomer(floor)
  return {floor = floor, last_floor = floor, used = 0, seen = now, leased = 0, idle = 0, urgent = 0, bulk = 0}
end

-- Epochs. A store that lost its memory, or part of it, starts a new one, and is cold until it knows enough again.

local function found()
  local known = {}
  for name, member in pairs(state and state.members or {}) do known[name] = newcomer(held(member)) end
  redis.call('DEL', ENTRIES, REPLIES)
  state = {
    epoch = ask.node .. '.' .. now, born = now, cold = true, total = 0, members = known,
    limit = ask.limit.calls, version = ask.limit.version, tat = 0, ramp = 0,
  }
end

local function open_state()
  state = load(STATE)
  -- Entries that were evicted alone would stay in the total for ever.
  if not state or (state.total > 0 and redis.call('ZCARD', ENTRIES) == 0) then found() end
  drop_expired()
  forget_the_silent()
end

local function save_state()
  local kept = ask.fence + 2 * ask.horizon
  redis.call('SET', STATE, cjson.encode(state), 'PX', kept)
  redis.call('PEXPIRE', ENTRIES, kept)
  redis.call('PEXPIRE', REPLIES, kept)
end

local function rest_of_cold()
  if not state.cold then return 0 end
  local ends = state.born + ask.newborn
  for _, member in pairs(state.members) do
    -- A member from before that has not reported may have anything in flight or in the window.
    if not member.seq then ends = math.max(ends, state.born + ask.horizon) end
  end
  if now >= ends then state.cold = nil end
  return math.max(0, ends - now)
end

local function forget_own_entries()
  for _, entry in ipairs(redis.call('ZRANGE', ENTRIES, 0, -1)) do
    local node, slots = owner_and_slots(entry)
    if node == ask.node then
      redis.call('ZREM', ENTRIES, entry)
      count(node, -slots)
    end
  end
end

local function join()
  -- The node tells all that it has in the window, so nothing may be counted twice.
  forget_own_entries()
  state.members[ask.node] = newcomer(ask.floor)
  for name, floor in pairs(ask.epoch ~= state.epoch and ask.members or {}) do
    local member = state.members[name]
    if not member then
      state.members[name] = newcomer(floor)
    elseif not member.seq then
      member.floor = math.max(member.floor, floor)
    end
  end
end

-- Granting

local function limit_now()
  local n = state.limit
  if state.ramp == 0 then return n end
  local low = math.max(1, math.floor(n / 4))
  local back = math.floor((n - low) * (now - state.ramp) / ask.window)
  if back >= n - low then state.ramp = 0 end
  return low + math.max(0, math.min(n - low, back))
end

local function others_waiting()
  local urgent, bulk, idle = 0, 0, 0
  for name, member in pairs(state.members) do
    -- Whoever has callers in line syncs at least once per ttl; an older word is from a dead node.
    if name ~= ask.node and member.seen + 2 * ask.ttl >= now then
      urgent, bulk, idle = urgent + member.urgent, bulk + member.bulk, idle + member.idle
    end
  end
  return urgent, bulk, idle
end

local function fair(room, own, others)
  if others == 0 or room <= 0 then return room end
  return math.max(1, math.ceil(room * own / (own + others)))
end

local function grant_urgent(room, others)
  -- Slots to have in hand are for quiet times; while others wait, only callers count.
  local want = others > 0 and math.min(ask.want.urgent, ask.wait.urgent) or ask.want.urgent
  return math.max(0, math.min(want, room, fair(room, ask.wait.urgent, others)))
end

local function spare()
  local n = state.limit
  return math.min(math.max(2, math.ceil(n / 50)), math.floor(n / 4))
end

local function grant_bulk(room, others, calm)
  local step = ask.period / (state.limit - spare())
  -- What came back unused gives its time back.
  local tat = math.max(state.tat - ask.unused_bulk * step, now)
  -- A hundredth more, because the document keeps times of this size to a tenth of a millisecond.
  local paced = math.floor((now - tat) / step + 0.01) + BURST
  local at_once = calm and room - math.floor(state.limit / 2) or 0
  local given = math.min(ask.want.bulk, fair(room, ask.wait.bulk, others), math.max(paced, at_once))
  given = math.max(0, given)
  state.tat = tat + given * step
  return given, step
end

local function renew_floor(me, room)
  local members = 0
  for _ in pairs(state.members) do members = members + 1 end
  local target = math.floor(ask.rho * state.limit / members)
  if target == 0 and ask.rho > 0 and state.limit >= 8 * members then target = 1 end
  me.last_floor = me.floor
  me.floor = math.max(0, math.min(target, me.used + room))
end

local function add_returns()
  for i, home in ipairs(ask.home) do add_entry(ask.seq .. '.' .. i, home[1], home[2]) end
end

local function end_lease(me)
  -- It is gone already if the node was silent for so long that its lease came home by itself.
  if me.lease and redis.call('ZREM', ENTRIES, me.lease) == 1 then count(ask.node, -me.leased) end
  me.lease, me.leased = nil, 0
end

local function lease(me, slots)
  add_entry(ask.seq .. '.L', ask.horizon, slots)
  me.leased = slots
  me.lease = slots > 0 and ask.node .. ':' .. ask.seq .. '.L:' .. slots or nil
end

local function grant(me, limit, cold)
  local urgent_elsewhere, bulk_elsewhere, idle = others_waiting()
  local calm = me.bulk + bulk_elsewhere == 0
  local kept = ask.in_flight + ask.keep
  local room = limit - state.total - kept - withheld_from(ask.node)
  local urgent, bulk, step = 0, 0, ask.period / (state.limit - spare())
  if cold == 0 then
    renew_floor(me, room + kept + state.limit - limit)
    urgent = grant_urgent(room, urgent_elsewhere)
    local reserve = ask.aged and 0 or spare()
    bulk, step = grant_bulk(room - urgent - reserve - urgent_elsewhere, bulk_elsewhere, calm)
  end
  lease(me, kept + urgent + bulk)
  local newly_short = ask.wait.urgent > urgent and me.urgent == 0
  me.urgent, me.bulk = math.max(0, ask.wait.urgent - urgent), math.max(0, ask.wait.bulk - bulk)
  me.idle = ask.keep + urgent + bulk
  if newly_short and idle > 0 then publish('want') end
  return {
    urgent = urgent, bulk = bulk, room = room - urgent - bulk, step = math.ceil(step),
    waiting = {urgent = urgent_elsewhere, bulk = bulk_elsewhere},
  }
end

-- Answering

local function coming_home()
  local coming = {}
  local flat = redis.call(
    'ZRANGE', ENTRIES, now, '+inf', 'BYSCORE', 'LIMIT', 0, 2 * KNOWN_RETURNS, 'WITHSCORES')
  for i = 1, #flat, 2 do
    local _, slots = owner_and_slots(flat[i])
    local rest, last = tonumber(flat[i + 1]) - now, coming[#coming]
    -- A lease has no time of return: its slots come home a window after answers that nobody has seen yet.
    if not string.find(flat[i], '.L:', 1, true) then
      if last and last[1] == rest then
        last[2] = last[2] + slots
      elseif #coming < KNOWN_RETURNS then
        coming[#coming + 1] = {rest, slots}
      end
    end
  end
  return #coming > 0 and coming or nil
end

local function floors()
  local told = {}
  for name, member in pairs(state.members) do told[name] = held(member) end
  return told
end

local function leased()
  local sum = 0
  for _, member in pairs(state.members) do sum = sum + member.leased end
  return sum
end

local function answer(fields)
  fields.epoch = state.epoch
  return cjson.encode(fields)
end

local function settle_terms()
  local limit = ask.limit
  if limit.version > state.version or (limit.version == state.version and limit.calls < state.limit) then
    state.limit, state.version = limit.calls, limit.version
  end
  if ask.ramp then state.ramp = math.max(state.ramp, now - ask.ramp) end
end

local function serve(me)
  settle_terms()
  me.seq, me.seen = ask.seq, now
  local before = state.total
  end_lease(me)
  add_returns()
  local cold = rest_of_cold()
  local terms = grant(me, limit_now(), cold)
  -- Whoever rejoins an emptied store must know of all that others may rely on.
  if ask.join or me.floor > me.last_floor then publish('member') end
  local waiting = terms.waiting.urgent + terms.waiting.bulk
  if state.total < before and terms.room > 0 and waiting > 0 then publish('room') end
  local reply = answer({
    status = 'ok', urgent = terms.urgent, bulk = terms.bulk, room = terms.room, total = state.total, leased = leased(),
    floor = me.floor, members = floors(), cold = cold, coming = coming_home(), waiting = terms.waiting,
    limit = {calls = state.limit, version = state.version}, reserve = spare(), step = terms.step,
    tat = math.max(0, math.ceil(state.tat) - now), ramp = state.ramp > 0 and now - state.ramp or nil,
    pauses = agree_on_pauses(), sums = count_calls(ask.sums),
  })
  redis.call('HSET', REPLIES, ask.node, reply)
  save_state()
  return reply
end

local function sync()
  open_state()
  local me = state.members[ask.node]
  local last = me and me.seq
  if last and ask.epoch == state.epoch and ask.seq > last + 1 and not ask.join then
    -- The node was answered what this store does not remember: it has lost its latest writes, as a failover may.
    found()
    last = nil
  elseif last and ask.seq == last then
    return redis.call('HGET', REPLIES, ask.node)
  elseif last and ask.seq < last then
    return answer({status = 'stale'})
  end
  if ask.join then
    join()
  elseif not last or ask.epoch ~= state.epoch then
    save_state()
    return answer({status = 'rejoin'})
  end
  return serve(state.members[ask.node])
end

local function leave()
  open_state()
  -- Said twice, it must not count the same calls twice.
  if state.members[ask.node] then count_calls({}) end
  forget_own_entries()
  add_returns()
  -- Their answers will be seen by nobody, so they count for as long as they possibly can.
  add_entry(ask.seq .. '.left', ask.horizon, ask.in_flight)
  state.members[ask.node] = nil
  redis.call('HDEL', REPLIES, ask.node)
  publish('room')
  save_state()
  return answer({status = 'ok'})
end

local operations = {sync = sync, leave = leave}
if changes[operation] then return change_pause(changes[operation]) end
return operations[operation]()
