-- A page of the downloads that are not final, in the order of the queue, and what the rest amounts to; true as of one
-- position.
--
-- KEYS  1 seq · 2 epoch · 3 open downloads · 4 counts
-- ARGV  1 the score that the page begins behind, or "" · 2 limit · 3 what stands before an id in the key of its record
-- Answers {epoch, seq, total, {status, count, …}, score to go on behind or '', score, record JSON, score, record JSON, …}

local limit = tonumber(ARGV[2])
local first = '-inf'
if ARGV[1] ~= '' then first = '(' .. ARGV[1] end
local ids = redis.call('ZRANGEBYSCORE', KEYS[3], first, '+inf', 'WITHSCORES', 'LIMIT', 0, limit)
local answer = {
  redis.call('GET', KEYS[2]) or '',
  tonumber(redis.call('GET', KEYS[1]) or '0'),
  redis.call('ZCARD', KEYS[3]),
  redis.call('HGETALL', KEYS[4]),
  #ids == 2 * limit and ids[#ids] or '',
}
for at = 1, #ids, 2 do
  local record = redis.call('HGETALL', ARGV[3] .. ids[at])
  if #record > 0 then
    local parts = {}
    for i = 1, #record, 2 do parts[#parts + 1] = '"' .. record[i] .. '":' .. record[i + 1] end
    answer[#answer + 1] = ids[at + 1]
    answer[#answer + 1] = '{' .. table.concat(parts, ',') .. '}'
  end
end
return answer
