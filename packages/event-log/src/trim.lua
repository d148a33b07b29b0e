-- Deletes the oldest facts, beyond `keep`, that every projection has folded; and beyond the hard cap whatever there is.
--
-- KEYS  1 facts · 2 trimmed · 3 offsets
-- ARGV  1 keep · 2 hard cap · 3 most facts that one call deletes, so that none holds Redis up for long
-- Answers {deleted, 1 if the hard cap cost a projection facts that it has not folded else 0}

local keep, cap = tonumber(ARGV[1]), tonumber(ARGV[2])
local length = redis.call('XLEN', KEYS[1])
if length <= keep then return { 0, 0 } end

-- With no projection known, none has folded anything: after a flush they are still on their way.
local slowest = nil
for _, offset in ipairs(redis.call('HVALS', KEYS[3])) do
  local seq = tonumber(offset)
  if not slowest or seq < slowest then slowest = seq end
end
slowest = slowest or 0

local function seq_of(entry) return tonumber(string.match(entry[1], '^%d+')) end

local slice = math.min(length - keep, tonumber(ARGV[3]))
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', slice)
local last, forced = nil, 0
for i, entry in ipairs(oldest) do
  local seq = seq_of(entry)
  if seq > slowest then
    if length - i < cap then break end
    forced = 1
  end
  last = seq
end
if not last then return { 0, 0 } end
local deleted = redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', last + 1) .. '-0')
redis.call('SET', KEYS[2], string.format('%.0f', last))
return { deleted, forced }
