-- Makes sure that a log is there, and that it is the one the caller knows. A log whose sequence is behind what the
-- caller has seen was rolled back (an older dump, a fail-over, lost writes): its numbers will be given again, to other
-- events, so it gets a new epoch. Compare-and-set: of many callers that find it, the first one changes it.
--
-- Each Redis run is noted with the position it began at, so that a log that was rolled back and has already been
-- written to again is found out as well.
--
-- KEYS  1 seq · 2 epoch · 3 boot
-- ARGV  1 run id of this Redis · 2 a random epoch · 3 epoch, 4 seq and 5 run id that the caller has seen, or "";
--       an unknown run id is taken for the present one
-- Answers {epoch, seq}

local seq = tonumber(redis.call('GET', KEYS[1]) or '0')
local epoch = redis.call('GET', KEYS[2])
if redis.call('HGET', KEYS[3], 'run_id') ~= ARGV[1] then
  redis.call('HSET', KEYS[3], 'run_id', ARGV[1], 'run_seq', tostring(seq))
end

local renew = not epoch
if epoch and ARGV[3] == epoch then
  local seen = tonumber(ARGV[4])
  if ARGV[5] == ARGV[1] or ARGV[5] == '' then
    renew = seq < seen
  else
    renew = tonumber(redis.call('HGET', KEYS[3], 'run_seq')) < seen
  end
end
if renew then
  epoch = ARGV[2]
  redis.call('SET', KEYS[2], epoch)
  redis.call('HSET', KEYS[3], 'epoch_seq', tostring(seq))
end
return { epoch, seq }
