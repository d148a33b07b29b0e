-- Publishes one event of the log. The only way an event comes into being (publish-progress.lua is a cheaper edition for
-- progress alone): whoever runs this script, in any language, is streamed. One call is one atomic step: fence, take the
-- next sequence number, store, publish.
--
-- KEYS  1 seq · 2 epoch · 3 boot · 4 facts · 5 states · 6 state key · 7 record of the download · 8 open downloads
--       9 counts · 10 order · 11 open URLs · 12 (may be left out) what only the download's worker may know: deleted when
--       it ends
-- ARGV  1 event name
--       2 class: "fact" or "state"
--       3 aggregate channel
--       4 second channel, or ""
--       5 key: what the event is about, or ""
--       6 data: a JSON object on one line; for download_status "" (the whole record is sent)
--       7 a random epoch, used if there is none yet
--       8 fence: "" none · the number of the attempt that a worker holds · "claim" begin the next attempt · or what a
--         person decides, whatever attempt holds it:
--         "new:N" the download must not exist, N attempts at it were made before · "unique:N" nor may an open one of
--         the same URL · "current" it ends, or pauses · "resume" · "retry" · "edit" it stays in its status, and
--         goes behind all of its priority ("edit:stay:" and in its place) · "remove"
--         "retry:STATUS:N" and "remove:STATUS:N" also if the log has forgotten it, which ended in that status
--       9 status of the download, or ""
--      10 channel of queue_update, for download_status
--      11 seconds that a final download stays readable here
--      12… field, JSON value, field, JSON value … of the record
--
-- Answers {1, seq, epoch, attempt, previous status, id of another open download of the same URL, for a new one},
-- {2, …} if that very status was already published by that very attempt (a retry whose first answer was lost), or
-- {0, reason, status, attempt, that other id}: unknown, exists, duplicate, stale, final, status (it does not allow that).
-- Wrong arguments get an error that begins with BADARG. Whatever is refused has changed nothing.

local FIELDS = 12
-- As `queueRank` of the contracts has it.
local RANKS = 20000
local FINAL = { completed = true, failed = true, cancelled = true }
local ACTIVE = { downloading = true, processing = true }
-- Which statuses each fence leads out of, beside what ends a download: that leads out of any that is open. A worker only
-- out of those in which it holds the download, so what was paused, resumed or retried meanwhile is not its own any more.
local OUT_OF = {
  claim = { queued = true, downloading = true, processing = true },
  pause = { queued = true, downloading = true },
  resume = { paused = true },
  retry = { failed = true, cancelled = true },
}

local event, class, channel, second, key, data = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local fence, status, queue_channel = ARGV[8], ARGV[9], ARGV[10]

local function quoted(text)
  if text == '' then return 'null' end
  return '"' .. text .. '"'
end

local function unquoted(json)
  return (string.gsub(json, '"', ''))
end

local function field(name)
  for i = FIELDS, #ARGV, 2 do
    if ARGV[i] == name then return ARGV[i + 1] end
  end
end

-- What is quoted here without escaping must not need it.
if not string.match(event, '^[a-z_]+$') or not string.match(key, '^[%w_-]*$') or not string.match(status, '^[a-z]*$') then
  return redis.error_reply('BADARG event, key and status are plain words')
end
if class ~= 'fact' and class ~= 'state' then return redis.error_reply('BADARG class is fact or state') end
local verb, told_status, told_attempt = string.match(fence, '^(%l+):?(%l*):?(%d*)$')
local VERBS = { claim = true, current = true, resume = true, retry = true, edit = true, remove = true }
local is_new = verb == 'new' or verb == 'unique'
if fence ~= '' and not string.match(fence, '^%d+$') and not (is_new and told_attempt ~= '') and not VERBS[verb] then
  return redis.error_reply('BADARG fence is none of those known')
end
if is_new and status ~= 'queued' then return redis.error_reply('BADARG what is new is queued') end
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
  if is_new then
    if record[1] then return { 0, 'exists', unquoted(record[1]), held, '' } end
    attempt = tonumber(told_attempt)
  elseif not record[1] and FINAL[told_status] and told_attempt ~= '' then
    previous, attempt = told_status, tonumber(told_attempt)
  else
    if not record[1] then return { 0, 'unknown', '', 0, '' } end
    previous, attempt = unquoted(record[1]), held
    if verb == 'claim' then attempt = held + 1
    elseif not verb then attempt = tonumber(fence) end
    if attempt == held and event == 'download_status' and previous == status and verb ~= 'edit' then
      return { 2, tonumber(record[3]), redis.call('GET', KEYS[2]) or '', held, previous, '' }
    end
  end
  if verb == 'remove' then
    if not FINAL[previous] then return { 0, 'status', previous, held or attempt, '' } end
  elseif not is_new then
    if FINAL[previous] and verb ~= 'retry' then return { 0, 'final', previous, held, '' } end
    if not verb then
      -- Also a later attempt than the log has given: it was given in a life of the log that is over. And progress is of
      -- a status that a fact has told before; it never brings a new one.
      if attempt ~= held or not ACTIVE[previous] or (event == 'download_progress' and previous ~= status) then
        return { 0, 'stale', previous, held, '' }
      end
    else
      local from = OUT_OF[verb]
      if status == 'paused' then from = OUT_OF.pause
      elseif verb == 'current' and not FINAL[status] then from = {} end
      if from and not from[previous] then return { 0, 'status', previous, held or attempt, '' } end
      if verb == 'edit' then status = previous end
    end
  end
end

-- Asked before anything is written. Who comes with `new` is told as well, but not refused.
local other = ''
if is_new then
  local url = field('url')
  if not url then return redis.error_reply('BADARG a download has a URL') end
  other = redis.call('HGET', KEYS[11], redis.sha1hex(url)) or ''
  if other == key then other = '' end
  if verb == 'unique' and other ~= '' then return { 0, 'duplicate', '', 0, other } end
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
  return { 1, seq, epoch, attempt, previous, '' }
end

if event == 'queue_update' and verb == 'remove' then
  redis.call('DEL', KEYS[6], KEYS[7], KEYS[12] or KEYS[7])
  redis.call('HINCRBY', KEYS[9], previous, -1)
  append_fact(seq, channel, envelope_of(seq, event, '', previous, '{"action":"removed","download_id":"' .. key
    .. '","status":null,"previous_status":' .. quoted(previous) .. '}'))
  return { 1, seq, epoch, attempt, previous, '' }
end

if event ~= 'download_status' then
  append_fact(seq, channel, envelope_of(seq, event, status, '', data))
  return { 1, seq, epoch, 0, '', '' }
end

-- A change of status: the fact itself, and what it means to the queue, both or neither.
store_fields({ 'seq', tostring(seq), 'status', quoted(status), 'attempt', tostring(attempt) })
local record = redis.call('HGETALL', KEYS[7])
local parts = { '"previous_status":' .. quoted(previous) }
for i = 1, #record, 2 do parts[#parts + 1] = '"' .. record[i] .. '":' .. record[i + 1] end
local envelope = envelope_of(seq, event, status, previous, '{' .. table.concat(parts, ',') .. '}')
append_fact(seq, channel, envelope)
if second ~= '' then redis.call('PUBLISH', second, envelope) end

local opens = not FINAL[status] and (previous == '' or FINAL[previous])
-- Behind all of its priority, as the queue of the workers has it: a job that is enqueued again is the last there.
if opens or verb == 'resume' or (verb == 'edit' and told_status ~= 'stay') then
  local priority = tonumber(redis.call('HGET', KEYS[7], 'priority') or '50')
  local rank = (100 - priority) * RANKS + RANKS / 2
  redis.call('ZADD', KEYS[8], string.format('%.0f', rank * 4294967296 + redis.call('INCR', KEYS[10])), key)
end

local function tell_queue(action)
  local queue_seq = next_seq()
  append_fact(queue_seq, queue_channel, envelope_of(queue_seq, 'queue_update', status, previous,
    '{"action":"' .. action .. '","download_id":"' .. key .. '","status":' .. quoted(status) .. ',"previous_status":'
    .. quoted(previous) .. '}'))
end

if verb == 'edit' then tell_queue('reordered') end
-- A new attempt at what is already downloading changes nothing else.
if previous == status then return { 1, seq, epoch, attempt, previous, '' } end

if previous ~= '' then redis.call('HINCRBY', KEYS[9], previous, -1) end
redis.call('HINCRBY', KEYS[9], status, 1)
local function url() return redis.sha1hex(redis.call('HGET', KEYS[7], 'url') or '') end
if FINAL[status] then
  redis.call('ZREM', KEYS[8], key)
  if redis.call('HGET', KEYS[11], url()) == key then redis.call('HDEL', KEYS[11], url()) end
  -- The fact carries all that the last progress said, and more: it takes its place.
  redis.call('ZREM', KEYS[5], KEYS[6])
  redis.call('EXPIRE', KEYS[7], ARGV[11])
  if KEYS[12] then redis.call('DEL', KEYS[12]) end
  redis.call('EXPIRE', KEYS[6], ARGV[11])
elseif opens then
  redis.call('PERSIST', KEYS[7])
  redis.call('DEL', KEYS[6])
  redis.call('HSET', KEYS[11], url(), key)
end

local action = 'status_changed'
if previous == '' then action = 'added'
elseif status == 'paused' then action = 'paused'
elseif previous == 'paused' and not FINAL[status] then action = 'resumed' end
tell_queue(action)
return { 1, seq, epoch, attempt, previous, other }
