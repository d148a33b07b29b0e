-- Deletes the oldest facts, beyond `keep`, that every projection has folded; and beyond the hard cap whatever there is.
--
-- KEYS  1 facts · 2 trimmed · 3 offsets
-- ARGV  1 keep · 2 hard cap
-- Answers {deleted, 1 if the hard cap cost a projection facts that it has not folded else 0}

local keep, cap = tonumber(ARGV[1]), tonumber(ARGV[2])
local length = redis.call('XLEN', KEYS[1])
if length <= keep then return { 0, 0 } end

local slowest = nil
for _, offset in ipairs(redis.call('HVALS', KEYS[3])) do
  local seq = tonumber(offset)
  if not slowest or seq < slowest then slowest = seq end
end

local function seq_of(entry) return tonumber(string.match(entry[1], '^%d+')) end

-- In slices, so that one call never holds Redis up for long.
local slice = math.min(length - keep, 10000)
local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', slice)
local last, forced = nil, 0
for i, entry in ipairs(oldest) do
  local seq = seq_of(entry)
  local folded = not slowest or seq <= slowest
  if not folded and length - i < cap then break end
  if not folded then forced = 1 end
  last = seq
end
if not last then return { 0, 0 } end
local deleted = redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', last + 1) .. '-0')
redis.call('SET', KEYS[2], string.format('%.0f', last))
return { deleted, forced }
