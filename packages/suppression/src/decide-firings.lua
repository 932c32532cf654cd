-- Decides in order which requests of a batch fire, and remembers the decisions. suppression.ts says what is promised.
--
-- KEYS[1]          hash of the batch: "<hook> <event>" -> decision
-- KEYS[2i]         hash of hook i: digest (of the last firing), till (end of the snooze, epoch ms), suppressed (since then)
-- KEYS[2i + 1]     sorted set of hook i with both snooze and on_change: digest -> end of its snooze
-- ARGV[1]          now in epoch ms; empty: the server's clock
-- ARGV[2]          JSON: { keepMs, maxDigests, hooks: [[snoozeMs or 0, onChange], ...],
--                          requests: [[i, "<hook> <event>", digest], ...] }
-- Returns the decisions: "f<suppressed since>", "s<until, epoch ms>" or "c".

local plan = cjson.decode(ARGV[2])
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

local hooks = {}

local function loadHook(index)
  local key, digestsKey = KEYS[2 * index], KEYS[2 * index + 1]
  local stored = redis.call('HMGET', key, 'digest', 'till', 'suppressed')
  local hook = {
    key = key,
    digestsKey = digestsKey,
    snoozeMs = plan.hooks[index][1],
    onChange = plan.hooks[index][2],
    digest = stored[1],
    till = tonumber(stored[2] or 0),
    suppressed = tonumber(stored[3] or 0),
    tills = {},
    added = 0,
  }
  hooks[index] = hook
  return hook
end

local function snoozedTill(hook, digest)
  if not hook.onChange then return hook.till end
  if not hook.tills[digest] then
    hook.tills[digest] = tonumber(redis.call('ZSCORE', hook.digestsKey, digest) or 0)
  end
  return hook.tills[digest]
end

local function snooze(hook, digest, till)
  if not hook.onChange then
    hook.till = till
    return
  end
  hook.tills[digest] = till
  redis.call('ZADD', hook.digestsKey, till, digest)
  hook.added = hook.added + 1
end

local function fire(hook)
  local suppressed = hook.suppressed
  hook.suppressed = 0
  return string.format('f%.0f', suppressed)
end

local function suppress(hook, decision)
  hook.suppressed = hook.suppressed + 1
  return decision
end

local function decide(hook, digest)
  if hook.snoozeMs == 0 then
    if hook.digest == digest then return suppress(hook, 'c') end
    hook.digest = digest
    return fire(hook)
  end
  local till, latest = snoozedTill(hook, digest), now + hook.snoozeMs
  if till <= now then
    snooze(hook, digest, latest)
    return fire(hook)
  end
  if till > latest then
    -- The clock went back. No snooze lasts longer than its length.
    till = latest
    snooze(hook, digest, till)
  end
  return suppress(hook, string.format('s%.0f', till))
end

local known = redis.call('EXISTS', KEYS[1]) == 1
local answers, fresh = {}, {}

for position, request in ipairs(plan.requests) do
  local index, pair, digest = request[1], request[2], request[3]
  local decision = known and redis.call('HGET', KEYS[1], pair)
  if not decision then
    decision = decide(hooks[index] or loadHook(index), digest)
    fresh[#fresh + 1] = pair
    fresh[#fresh + 1] = decision
  end
  answers[position] = decision
end

for index = 1, #plan.hooks do
  local hook = hooks[index]
  if hook then
    redis.call('HSET', hook.key, 'digest', hook.digest or '', 'till', string.format('%.0f', hook.till),
      'suppressed', string.format('%.0f', hook.suppressed))
    redis.call('PEXPIRE', hook.key, plan.keepMs + hook.snoozeMs)
    if hook.added > 0 then
      redis.call('PEXPIRE', hook.digestsKey, hook.snoozeMs)
      -- Removing more than were added keeps them from piling up; the limit bounds the duration of the script.
      local ended = redis.call('ZRANGE', hook.digestsKey, '-inf', now, 'BYSCORE', 'LIMIT', 0, 2 * hook.added)
      for _, digest in ipairs(ended) do redis.call('ZREM', hook.digestsKey, digest) end
      local excess = redis.call('ZCARD', hook.digestsKey) - plan.maxDigests
      if excess > 0 then redis.call('ZPOPMIN', hook.digestsKey, excess) end
    end
  end
end

for start = 1, #fresh, 1000 do
  redis.call('HSET', KEYS[1], unpack(fresh, start, math.min(start + 999, #fresh)))
end
if #fresh > 0 then redis.call('PEXPIRE', KEYS[1], plan.keepMs) end

return answers
