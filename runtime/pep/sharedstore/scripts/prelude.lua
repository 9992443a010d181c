-- What every script begins with. KEYS[1] is the memory of a bucket, KEYS[2] its
-- revocations; docs/protocol.md tells what they hold. All keys of a call are of
-- one bucket, and the time is the server's, in milliseconds. What a script returns
-- begins with a letter and a byte that tells whether an epoch began.

local call, sub, pack, unpack = redis.call, string.sub, struct.pack, struct.unpack

-- time is the same throughout a script. A read of a live grant does without it.
local function time()
	local clock = call('TIME')
	return clock[1] * 1000 + math.floor(clock[2] / 1000), clock[1] .. '.' .. clock[2]
end

-- The memory: epoch, count of revocations and denials, number of the last
-- revocation, number of the last one of all grants, when the epoch began, when the
-- last grant ends, and the run id of the server.
local MEMORY = '>I4I4I4I4I6I6'
local memory, value, begun = call('GET', KEYS[1]), KEYS[3] and call('GET', KEYS[3]), 0

-- A memory that is gone, or, where a new connection asks, of another server than
-- this one, begins an epoch: nothing is known of what came before. A server that
-- was started or promoted since may have come back with an old memory, or with none.
if not memory or ARGV[1] == 'greet' then
	local run = string.match(call('INFO', 'server'), 'run_id:(%x+)')
	if not run then
		error('no run_id')
	end
	if not memory or sub(memory, 29) ~= run then
		local now, moment = time()
		local new = tonumber(sub(redis.sha1hex(run .. moment), 1, 7), 16)
		memory = pack(MEMORY, new, 0, 0, 0, now, 0) .. run
		call('DEL', KEYS[2])
		call('SET', KEYS[1], memory)
		begun = 1
	end
end
local epoch, count, revoked, all, since, latest = unpack(MEMORY, memory)

-- A value of grants is a row of records, a denial before all others. A record: its
-- length, uses left, end, epoch, generation, conditions or 255 for a denial, and an
-- id of 12 bytes; then what was issued, 12 bytes for each condition, or until when a
-- denial refuses; then details.
local RECORD, DENIAL, HEAD = '>I4I4I6I4I4I1c12', 255, 35
