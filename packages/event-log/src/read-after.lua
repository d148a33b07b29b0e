-- What a reader that knows everything up to `after` has missed, as one consistent cut: the facts after it, and each
-- state whose stamp is after it. Long answers come in pages; the next one is asked for from the position returned.
--
-- KEYS  1 seq · 2 epoch · 3 boot · 4 facts · 5 states · 6 trimmed
-- ARGV  1 after · 2 most facts, and most states, in one answer
-- Answers {epoch, position, trimmed, epoch_seq, envelope, envelope, …}, unordered.

local after, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
local position = tonumber(redis.call('GET', KEYS[1]) or '0')
local answer = {
  redis.call('GET', KEYS[2]) or '',
  position,
  tonumber(redis.call('GET', KEYS[6]) or '0'),
  tonumber(redis.call('HGET', KEYS[3], 'epoch_seq') or '0'),
}
if after >= position then return answer end

local function seq_of(fact) return tonumber(string.match(fact[1], '^%d+')) end

-- A page ends where the first of the two is cut off, so that nothing before its position is left out.
local facts = redis.call('XRANGE', KEYS[4], string.format('%.0f', after + 1) .. '-0', '+', 'COUNT', limit)
if #facts == limit then position = seq_of(facts[#facts]) end
local states = redis.call('ZRANGEBYSCORE', KEYS[5], string.format('(%.0f', after), string.format('%.0f', position),
  'WITHSCORES', 'LIMIT', 0, limit)
if #states == 2 * limit then position = tonumber(states[#states]) end
answer[2] = position

for _, fact in ipairs(facts) do
  if seq_of(fact) > position then break end
  answer[#answer + 1] = fact[2][2]
end
for i = 1, #states, 2 do
  local envelope = redis.call('GET', states[i])
  if envelope then answer[#answer + 1] = envelope else redis.call('ZREM', KEYS[5], states[i]) end
end
return answer
