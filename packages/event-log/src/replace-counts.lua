-- Corrects the counts, unless one of them has changed since they were read: compare-and-set over all of them, so that two
-- who correct at once do not correct twice.
--
-- KEYS  1 counts
-- ARGV  status, expected, wanted, status, expected, wanted, …
-- Answers 1, or 0 if nothing was done.

for i = 1, #ARGV, 3 do
  if math.max(0, tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0')) ~= tonumber(ARGV[i + 1]) then return 0 end
end
for i = 1, #ARGV, 3 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2]) end
return 1
