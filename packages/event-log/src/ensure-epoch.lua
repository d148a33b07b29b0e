-- Makes sure that a log is there, and that it is the one the caller knows. A log whose sequence is behind what the
-- caller has seen was rolled back (an older dump, a fail-over, lost writes): its numbers will be given again, to other
-- events, so it gets a new epoch. Compare-and-set: of many callers that find it, the first one changes it.
--
-- Each run of Redis is noted with the position it began at ("<run id>@<seq>"), so that a log that was rolled back and
-- has been written to again, even past where it had been, is found out as well. The run id is asked for in here, since
-- between two calls the connection may have changed to another run.
--
-- KEYS  1 seq · 2 epoch · 3 boot
-- ARGV  1 a random epoch · 2 epoch, 3 seq and 4 run that the caller has seen, or ""; an unknown run is taken for the
--       present one
-- Answers {epoch, seq, run, epoch_seq}

local KEPT_RUNS = 16

local seq = tonumber(redis.call('GET', KEYS[1]) or '0')
local epoch = redis.call('GET', KEYS[2])
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''

local function start_of(run) return tonumber(string.match(run, '@(%d+)$')) end

local runs = {}
for run in string.gmatch(redis.call('HGET', KEYS[3], 'runs') or '', '%S+') do runs[#runs + 1] = run end
if #runs == 0 or string.match(runs[#runs], '^[^@]*') ~= run_id then
  runs[#runs + 1] = run_id .. '@' .. string.format('%.0f', seq)
  if #runs > KEPT_RUNS then table.remove(runs, 1) end
  redis.call('HSET', KEYS[3], 'runs', table.concat(runs, ' '))
end
local present = runs[#runs]

-- Where a new life of the log has to begin, nil if the old one goes on.
local begins = nil
if not epoch then
  begins = seq
elseif ARGV[2] == epoch then
  local seen, seen_run = tonumber(ARGV[3]), ARGV[4]
  -- Everything up to the lowest position since the caller looked is what the caller knows.
  local lowest, known = seq, seen_run == ''
  for i = #runs, 1, -1 do
    if known or runs[i] == seen_run then
      known = true
      break
    end
    lowest = math.min(lowest, start_of(runs[i]))
  end
  if not known then
    -- The caller's run was noted at that time and is no longer: what came back is older than it.
    begins = start_of(present)
  elseif lowest < seen then
    begins = lowest
  end
end
if begins then
  epoch = ARGV[1]
  redis.call('SET', KEYS[2], epoch)
  redis.call('HSET', KEYS[3], 'epoch_seq', string.format('%.0f', begins))
end
return { epoch, seq, present, tonumber(redis.call('HGET', KEYS[3], 'epoch_seq') or '0') }
