-- Publishes one event of the log. The only way an event comes into being: whoever runs this script, in any language,
-- is streamed. One call is one atomic step: fence, take the next sequence number, store, publish.
--
-- KEYS  1 seq · 2 epoch · 3 boot · 4 facts · 5 states · 6 state key · 7 record of the download · 8 open downloads
--       9 counts
-- ARGV  1 event name
--       2 class: "fact" or "state"
--       3 aggregate channel
--       4 second channel, or ""
--       5 key: what the event is about, or ""
--       6 data: a JSON object; for download_status "" (the whole record is sent)
--       7 a random epoch, used if there is none yet
--       8 fence: "" none · "new" the download must not exist · "claim" begin the next attempt · "current" whatever
--         attempt holds it (what a person decides) · or an attempt number (what a worker tells)
--       9 status of the download, or ""
--      10 "final" if nothing leads out of that status, else ""
--      11 channel of queue_update, for download_status
--      12 seconds that a final download stays readable here
--      13… field, JSON value, field, JSON value … of the record
--
-- Answers {1, seq, epoch, attempt}, {2, seq, epoch, attempt} if that very status was already published by that very
-- attempt (a retry whose first answer was lost), or {0, reason, status, attempt}: unknown, exists, stale, final.

local event, class, channel, second, key, data = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local fence, status, kind, queue_channel = ARGV[8], ARGV[9], ARGV[10], ARGV[11]

local function quoted(text)
  if text == '' then return 'null' end
  return '"' .. text .. '"'
end

local function unquoted(json)
  if not json or json == 'null' then return '' end
  return (string.gsub(json, '"', ''))
end

-- What is quoted here without escaping must not need it.
if not string.match(event, '^[a-z_]+$') or not string.match(key, '^[%w_-]*$') or not string.match(status, '^[a-z]*$') then
  return redis.error_reply('BADARG event, key and status are plain words')
end

local previous, attempt = '', ''
if fence ~= '' then
  local record = redis.call('HMGET', KEYS[7], 'status', 'attempt', 'seq')
  if fence == 'new' then
    if record[1] then return { 0, 'exists', unquoted(record[1]), tonumber(record[2]) } end
    attempt = 0
  else
    if not record[1] then return { 0, 'unknown', '', 0 } end
    previous = unquoted(record[1])
    local held = tonumber(record[2])
    if fence == 'claim' then
      attempt = held + 1
    else
      attempt = fence == 'current' and held or tonumber(fence)
      if attempt == held and event == 'download_status' and previous == status then
        return { 2, tonumber(record[3]), redis.call('GET', KEYS[2]) or '', held }
      end
    end
    if previous == 'completed' or previous == 'failed' or previous == 'cancelled' then
      return { 0, 'final', previous, held }
    end
    if attempt < held then return { 0, 'stale', previous, held } end
    -- Progress is of a status that a fact has told before; it never brings a new one.
    if event == 'download_progress' and previous ~= status then return { 0, 'stale', previous, held } end
  end
end

local epoch = redis.call('GET', KEYS[2])
if not epoch then
  epoch = ARGV[7]
  redis.call('SET', KEYS[2], epoch)
  redis.call('HSET', KEYS[3], 'epoch_seq', redis.call('GET', KEYS[1]) or '0')
end

local function send(name, target, subject, new_status, old_status, body)
  local seq = redis.call('INCR', KEYS[1])
  local envelope = '{"seq":' .. seq .. ',"event":"' .. name .. '","key":' .. quoted(subject) .. ',"status":'
    .. quoted(new_status) .. ',"previous_status":' .. quoted(old_status) .. ',"data":' .. body(seq) .. '}'
  return seq, envelope
end

if class == 'state' then
  local seq, envelope = send(event, channel, key, status, '', function() return data end)
  if fence ~= '' then
    local fields = { 'seq', tostring(seq) }
    for i = 13, #ARGV do fields[#fields + 1] = ARGV[i] end
    redis.call('HSET', KEYS[7], unpack(fields))
  end
  redis.call('SET', KEYS[6], envelope)
  redis.call('ZADD', KEYS[5], seq, KEYS[6])
  redis.call('PUBLISH', channel, envelope)
  if second ~= '' then redis.call('PUBLISH', second, envelope) end
  return { 1, seq, epoch, tonumber(attempt) or 0 }
end

if event ~= 'download_status' then
  local seq, envelope = send(event, channel, key, status, '', function() return data end)
  redis.call('XADD', KEYS[4], seq .. '-0', 'envelope', envelope)
  redis.call('PUBLISH', channel, envelope)
  return { 1, seq, epoch, 0 }
end

-- A change of status: the fact itself, and what it means to the queue, both or neither.
local seq, envelope = send(event, channel, key, status, previous, function(seq)
  local fields = { 'seq', tostring(seq), 'status', quoted(status), 'attempt', tostring(attempt) }
  for i = 13, #ARGV do fields[#fields + 1] = ARGV[i] end
  redis.call('HSET', KEYS[7], unpack(fields))
  local record = redis.call('HGETALL', KEYS[7])
  local parts = { '"previous_status":' .. quoted(previous) }
  for i = 1, #record, 2 do parts[#parts + 1] = '"' .. record[i] .. '":' .. record[i + 1] end
  return '{' .. table.concat(parts, ',') .. '}'
end)
redis.call('XADD', KEYS[4], seq .. '-0', 'envelope', envelope)
redis.call('PUBLISH', channel, envelope)
if second ~= '' then redis.call('PUBLISH', second, envelope) end

if previous ~= status then
  if previous ~= '' then redis.call('HINCRBY', KEYS[9], previous, -1) end
  redis.call('HINCRBY', KEYS[9], status, 1)
end
if kind == 'final' then
  redis.call('ZREM', KEYS[8], key)
  -- The fact carries all that the last progress said, and more: it takes its place.
  redis.call('ZREM', KEYS[5], KEYS[6])
  redis.call('EXPIRE', KEYS[7], ARGV[12])
  redis.call('EXPIRE', KEYS[6], ARGV[12])
else
  redis.call('ZADD', KEYS[8], 'NX', seq, key)
end

-- A new attempt at what is already downloading changes nothing in the queue.
if previous == status then return { 1, seq, epoch, tonumber(attempt) } end

local action = 'status_changed'
if previous == '' then action = 'added'
elseif status == 'paused' then action = 'paused'
elseif previous == 'paused' and kind ~= 'final' then action = 'resumed' end
local queue_seq, queue_envelope = send('queue_update', queue_channel, key, status, previous, function()
  return '{"action":"' .. action .. '","download_id":"' .. key .. '","status":' .. quoted(status)
    .. ',"previous_status":' .. quoted(previous) .. '}'
end)
redis.call('XADD', KEYS[4], queue_seq .. '-0', 'envelope', queue_envelope)
redis.call('PUBLISH', queue_channel, queue_envelope)
return { 1, seq, epoch, tonumber(attempt) }
