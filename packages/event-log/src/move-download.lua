-- Gives a download that waits a place among those that wait, and in the queue of the workers a rank that leads to it.
-- Those of one rank go in the order they came; so to go between two of one rank, what stands before goes one rank up.
--
-- KEYS  1 open downloads · 2 order · 3 record of the download
-- ARGV  1 its id · 2 its place, 0 for the first that waits · 3 what stands before an id in the key of its record
--       4 ranks that a priority has
-- Answers {1, its rank, id, id, …}: whose rank has become that, in their order, it being the last; or {0, status}: it
-- does not wait ('' if the log does not know it).

local id, place, prefix, ranks = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local SLICE = 200

local record = redis.call('HMGET', KEYS[3], 'status', 'priority')
if record[1] ~= '"queued"' then return { 0, (string.gsub(record[1] or '', '"', '')) } end

local ahead, behind = {}, nil
local from = 0
while not behind do
  local slice = redis.call('ZRANGE', KEYS[1], from, from + SLICE - 1, 'WITHSCORES')
  for i = 1, #slice, 2 do
    if slice[i] ~= id and redis.call('HGET', prefix .. slice[i], 'status') == '"queued"' then
      local one = { id = slice[i], rank = math.floor(tonumber(slice[i + 1]) / 4294967296) }
      if #ahead == place then
        behind = one
        break
      end
      ahead[#ahead + 1] = one
    end
  end
  if #slice < 2 * SLICE then break end
  from = from + SLICE
end

local before = ahead[#ahead]
-- The middle of its own priority, which it keeps where that leads to the place.
local rank = (100 - tonumber(record[2] or '50')) * ranks + ranks / 2
local moved = {}
if before then rank = math.max(rank, before.rank) end
if behind then
  rank = math.max(1, math.min(rank, behind.rank - 1))
  if before and before.rank > rank then
    local first = #ahead
    while first > 1 and ahead[first - 1].rank > rank do first = first - 1 end
    for i = first, #ahead do moved[#moved + 1] = ahead[i].id end
  end
end
moved[#moved + 1] = id
for _, one in ipairs(moved) do
  redis.call('ZADD', KEYS[1], string.format('%.0f', rank * 4294967296 + redis.call('INCR', KEYS[2])), one)
end
-- Not by `unpack`, which takes some thousands at most.
local answer = { 1, rank }
for _, one in ipairs(moved) do answer[#answer + 1] = one end
return answer
