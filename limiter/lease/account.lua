-- What the nodes of one developer account share besides slots: pauses, who may try their end, and the day's calls.
-- The first half of one script; `lease.lua` is the other and is run with it, in one atomic step on Redis's own time.
--
-- KEYS  state, entries, replies (of one client id), pauses, cells, sums (of the whole account)
-- ARGV  operation, question (JSON), channel. Every time is in whole milliseconds.

local STATE, ENTRIES, REPLIES, PAUSES, CELLS, SUMS = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local operation, ask, channel = ARGV[1], cjson.decode(ARGV[2]), ARGV[3]

local PAUSE_KEPT = 600000      -- a pause whose end nobody tried is forgotten so long after it
local CELL, CELLS_KEPT = 300000, 289  -- a day of five-minute cells, and the one that is under way

local function clock()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local now = clock()

local function load(key)
  local text = redis.call('GET', key)
  return text and cjson.decode(text) or nil
end

-- A push is a hint to sync; it tells the word, who caused it and whose slots it is about.
local function publish(word)
  redis.call('PUBLISH', channel, word .. ' ' .. ask.node .. ' ' .. STATE)
end

-- Pauses of the account: scope -> {until, mark, prober, probe_by}. The mark tells two pauses of one scope apart.

local function load_pauses()
  local pauses = load(PAUSES) or {}
  for scope, pause in pairs(pauses) do
    if pause['until'] + PAUSE_KEPT <= now then pauses[scope] = nil end
    if pause.probe_by and pause.probe_by <= now then pause.prober, pause.probe_by = nil, nil end
  end
  return pauses
end

local function save_pauses(pauses)
  local last = 0
  for _, pause in pairs(pauses) do last = math.max(last, pause['until']) end
  if last == 0 then
    redis.call('DEL', PAUSES)
  else
    redis.call('SET', PAUSES, cjson.encode(pauses), 'PX', last + PAUSE_KEPT - now)
  end
end

local function tell_pauses(pauses)
  local told = {}
  for scope, pause in pairs(pauses) do
    told[scope] = {
      rest = math.max(0, pause['until'] - now),
      mark = pause.mark,
      probing = pause.probe_by and pause.probe_by - now or 0,
    }
  end
  return told
end

local function lengthen(pauses, scope, rest)
  local old = pauses[scope]
  pauses[scope] = {
    ['until'] = math.max(old and old['until'] or 0, now + rest),
    -- prober leaves -> 429 of an older call -> the prober's 200: the new mark makes that answer void.
    mark = math.max(now, old and old.mark + 1 or 0),
  }
end

-- The day's calls of the account, by family.

local function renew_sums(cell)
  local sums, oldest = {}, cell - CELLS_KEPT + 1
  local flat = redis.call('HGETALL', CELLS)
  for i = 1, #flat, 2 do
    local at, family = string.match(flat[i], '^(%d+):(.*)$')
    if tonumber(at) < oldest then
      redis.call('HDEL', CELLS, flat[i])
    else
      sums[family] = (sums[family] or 0) + tonumber(flat[i + 1])
    end
  end
  return {cell = cell, families = sums}
end

local function count_calls(remembered)
  local cell = math.floor(now / CELL)
  local day = load(SUMS)
  local changed = not day or day.cell ~= cell
  if changed then day = renew_sums(cell) end
  local function add(family, calls)
    redis.call('HINCRBY', CELLS, cell .. ':' .. family, calls)
    day.families[family] = (day.families[family] or 0) + calls
    changed = true
  end
  -- An emptied store hears from every node what it knew; the highest word wins.
  for family, sum in pairs(remembered) do
    local missing = sum - (day.families[family] or 0)
    if missing > 0 then add(family, missing) end
  end
  for family, calls in pairs(ask.calls) do add(family, calls) end
  if changed then
    redis.call('SET', SUMS, cjson.encode(day), 'PX', CELL * CELLS_KEPT)
    redis.call('PEXPIRE', CELLS, CELL * CELLS_KEPT)
  end
  return day.families
end

local function agree_on_pauses()
  local pauses, news = load_pauses(), false
  for scope, rest in pairs(ask.pauses) do
    -- One that is over is told too: its end is still to be tried.
    if not pauses[scope] or (rest > 0 and pauses[scope]['until'] < now + rest) then
      lengthen(pauses, scope, rest)
      news = true
    end
  end
  if news then
    save_pauses(pauses)
    publish('pause')
  end
  return tell_pauses(pauses)
end

-- What is done to one pause

local function change_pause(change)
  local pauses = load_pauses()
  local done = change(pauses, pauses[ask.scope]) and 1 or 0
  if done == 1 then
    save_pauses(pauses)
    publish('pause')
  end
  local pause = tell_pauses(pauses)[ask.scope]
  return cjson.encode({done = done, pause = pause})
end

local function begin(pauses)
  lengthen(pauses, ask.scope, ask.rest)
  return true
end

local function open(pauses, pause)
  if not pause or pause.mark ~= ask.mark then return false end
  pauses[ask.scope] = nil
  local state = ask.ramp and load(STATE)
  if state then
    state.ramp = now
    redis.call('SET', STATE, cjson.encode(state), 'KEEPTTL')
  end
  return true
end

local function probe(_, pause)
  if not pause or pause['until'] > now or pause.prober then return false end
  pause.prober, pause.probe_by = ask.node, now + ask.timeout
  return true
end

local function give_up(_, pause)
  if not pause or pause.prober ~= ask.node then return false end
  pause.prober, pause.probe_by = nil, nil
  return true
end

local changes = {pause = begin, open = open, probe = probe, give_up = give_up}
