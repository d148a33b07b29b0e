-- A page of the downloads that are not final, oldest first, and what the rest amounts to; true as of one position.
--
-- KEYS  1 seq · 2 epoch · 3 open downloads · 4 counts
-- ARGV  1 offset · 2 limit · 3 what stands before an id in the key of its record
-- Answers {epoch, seq, total, {status, count, …}, record JSON, record JSON, …}

local ids = redis.call('ZRANGE', KEYS[3], ARGV[1], ARGV[1] + ARGV[2] - 1)
local answer = {
  redis.call('GET', KEYS[2]) or '',
  tonumber(redis.call('GET', KEYS[1]) or '0'),
  redis.call('ZCARD', KEYS[3]),
  redis.call('HGETALL', KEYS[4]),
}
for _, id in ipairs(ids) do
  local record = redis.call('HGETALL', ARGV[3] .. id)
  if #record > 0 then
    local parts = {}
    for i = 1, #record, 2 do parts[#parts + 1] = '"' .. record[i] .. '":' .. record[i + 1] end
    answer[#answer + 1] = '{' .. table.concat(parts, ',') .. '}'
  end
end
return answer
