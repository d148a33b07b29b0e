-- Publishes one event of the log. The only way an event comes into being: whoever runs this script, in any language,
-- is streamed. One call is one atomic step: fence, take the next sequence number, store, publish.
--
-- KEYS  1 seq · 2 epoch · 3 boot · 4 facts · 5 states · 6 state key · 7 record of the download · 8 open downloads
--       9 counts · 10 (may be left out) what only the download's worker may know: deleted when it ends
-- ARGV  1 event name
--       2 class: "fact" or "state"
--       3 aggregate channel
--       4 second channel, or ""
--       5 key: what the event is about, or ""
--       6 data: a JSON object on one line; for download_status "" (the whole record is sent)
--       7 a random epoch, used if there is none yet
--       8 fence: "" none · "new:N" the download must not exist, N attempts at it were made before · "claim" begin the
--         next attempt · "current" whatever attempt holds it (what a person decides) · or the number of the attempt
--         that a worker holds
--       9 status of the download, or ""
--      10 channel of queue_update, for download_status
--      11 seconds that a final download stays readable here
--      12… field, JSON value, field, JSON value … of the record
--
-- Answers {1, seq, epoch, attempt}, {2, seq, epoch, attempt} if that very status was already published by that very
-- attempt (a retry whose first answer was lost), or {0, reason, status, attempt}: unknown, exists, stale, final.
-- Wrong arguments get an error that begins with BADARG. Whatever is refused has changed nothing.

local FIELDS = 12
local FINAL = { completed = true, failed = true, cancelled = true }

local event, class, channel, second, key, data = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local fence, status, queue_channel = ARGV[8], ARGV[9], ARGV[10]

local function quoted(text)
  if text == '' then return 'null' end
  return '"' .. text .. '"'
end

local function unquoted(json)
  return (string.gsub(json, '"', ''))
end

-- What is quoted here without escaping must not need it.
if not string.match(event, '^[a-z_]+$') or not string.match(key, '^[%w_-]*$') or not string.match(status, '^[a-z]*$') then
  return redis.error_reply('BADARG event, key and status are plain words')
end
if class ~= 'fact' and class ~= 'state' then return redis.error_reply('BADARG class is fact or state') end
local created_with = string.match(fence, '^new:(%d+)$')
if fence ~= '' and fence ~= 'claim' and fence ~= 'current' and not created_with and not string.match(fence, '^%d+$') then
  return redis.error_reply('BADARG fence is none of those known')
end
-- A line break in the data would end a frame of the stream. What comes unfenced may come from anyone: it is parsed.
if event ~= 'download_status' then
  if not string.match(data, '^{.*}$') or string.find(data, '[%z\1-\31]') or (fence == '' and not pcall(cjson.decode, data)) then
    return redis.error_reply('BADARG data is a JSON object on one line')
  end
end

local previous, attempt = '', 0
if fence ~= '' then
  local record = redis.call('HMGET', KEYS[7], 'status', 'attempt', 'seq')
  local held = tonumber(record[2])
  if created_with then
    if record[1] then return { 0, 'exists', unquoted(record[1]), held } end
    attempt = tonumber(created_with)
  else
    if not record[1] then return { 0, 'unknown', '', 0 } end
    previous = unquoted(record[1])
    if fence == 'claim' then attempt = held + 1
    elseif fence == 'current' then attempt = held
    else
      attempt = tonumber(fence)
    end
    if attempt == held and event == 'download_status' and previous == status then
      return { 2, tonumber(record[3]), redis.call('GET', KEYS[2]) or '', held }
    end
    if FINAL[previous] then return { 0, 'final', previous, held } end
    -- Also a later attempt than the log has given: it was given in a life of the log that is over.
    if fence ~= 'claim' and attempt ~= held then return { 0, 'stale', previous, held } end
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

local function next_seq() return redis.call('INCR', KEYS[1]) end

local function envelope_of(seq, name, new_status, old_status, body)
  return '{"seq":' .. seq .. ',"event":"' .. name .. '","key":' .. quoted(key) .. ',"status":' .. quoted(new_status)
    .. ',"previous_status":' .. quoted(old_status) .. ',"data":' .. body .. '}'
end

local function store_fields(fields)
  for i = FIELDS, #ARGV do fields[#fields + 1] = ARGV[i] end
  redis.call('HSET', KEYS[7], unpack(fields))
end

local function append_fact(seq, target, envelope)
  redis.call('XADD', KEYS[4], seq .. '-0', 'envelope', envelope)
  redis.call('PUBLISH', target, envelope)
end

local seq = next_seq()

if class == 'state' then
  local envelope = envelope_of(seq, event, status, '', data)
  if fence ~= '' then store_fields({ 'seq', tostring(seq) }) end
  redis.call('SET', KEYS[6], envelope)
  redis.call('ZADD', KEYS[5], seq, KEYS[6])
  redis.call('PUBLISH', channel, envelope)
  if second ~= '' then redis.call('PUBLISH', second, envelope) end
  return { 1, seq, epoch, attempt }
end

if event ~= 'download_status' then
  append_fact(seq, channel, envelope_of(seq, event, status, '', data))
  return { 1, seq, epoch, 0 }
end

-- A change of status: the fact itself, and what it means to the queue, both or neither.
store_fields({ 'seq', tostring(seq), 'status', quoted(status), 'attempt', tostring(attempt) })
local record = redis.call('HGETALL', KEYS[7])
local parts = { '"previous_status":' .. quoted(previous) }
for i = 1, #record, 2 do parts[#parts + 1] = '"' .. record[i] .. '":' .. record[i + 1] end
local envelope = envelope_of(seq, event, status, previous, '{' .. table.concat(parts, ',') .. '}')
append_fact(seq, channel, envelope)
if second ~= '' then redis.call('PUBLISH', second, envelope) end

-- A new attempt at what is already downloading changes nothing else.
if previous == status then return { 1, seq, epoch, attempt } end

if previous ~= '' then redis.call('HINCRBY', KEYS[9], previous, -1) end
redis.call('HINCRBY', KEYS[9], status, 1)
if FINAL[status] then
  redis.call('ZREM', KEYS[8], key)
  -- The fact carries all that the last progress said, and more: it takes its place.
  redis.call('ZREM', KEYS[5], KEYS[6])
  redis.call('EXPIRE', KEYS[7], ARGV[11])
  if KEYS[10] then redis.call('DEL', KEYS[10]) end
  redis.call('EXPIRE', KEYS[6], ARGV[11])
else
  redis.call('ZADD', KEYS[8], 'NX', seq, key)
end

local action = 'status_changed'
if previous == '' then action = 'added'
elseif status == 'paused' then action = 'paused'
elseif previous == 'paused' and not FINAL[status] then action = 'resumed' end
local queue_seq = next_seq()
append_fact(queue_seq, queue_channel, envelope_of(queue_seq, 'queue_update', status, previous,
  '{"action":"' .. action .. '","download_id":"' .. key .. '","status":' .. quoted(status) .. ',"previous_status":'
  .. quoted(previous) .. '}'))
return { 1, seq, epoch, attempt }
