-- What every script begins with. KEYS[1] is the memory of a bucket, KEYS[2] its
-- revocations; docs/protocol.md tells what they hold. All keys of a call are of
-- one bucket, and the time is the server's.

local sub, number = string.sub, tonumber
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local begun = 0

-- begin starts an epoch. Nothing is known of what came before.
local function begin()
	local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
	if not run then
		error('no run_id')
	end
	local epoch = sub(redis.sha1hex(run .. clock[1] .. '.' .. clock[2]), 1, 7)
	redis.call('DEL', KEYS[2])
	redis.call('HSET', KEYS[1], 'run', run, 'epoch', epoch, 'count', 0, 'revoked', 0, 'all', 0, 'since', now, 'latest', 0)
	begun = 1
	return {epoch, 0, 0, 0, now, 0}
end

local memory = redis.call('HMGET', KEYS[1], 'epoch', 'count', 'revoked', 'all', 'since', 'latest')
if not memory[1] then
	memory = begin()
end
local epoch, count, revoked = memory[1], number(memory[2]), number(memory[3])

-- selected returns the number of the last revocation that selects a key. Its
-- three parts stand for the subject, the accessor and the reference.
local function selected(parts)
	local none = '----------------'
	local s, a, r = sub(parts, 1, 16), sub(parts, 17, 32), sub(parts, 33, 48)
	local found = redis.call('HMGET', KEYS[2],
		s .. none .. none, none .. a .. none, none .. none .. r,
		s .. a .. none, s .. none .. r, none .. a .. r, s .. a .. r)
	local last = number(memory[4])
	for i = 1, 7 do
		if found[i] then
			last = math.max(last, number(string.match(found[i], '^%d+')))
		end
	end
	return last
end

-- A value of grants is a row of records, a denial before all others:
--   1-6 length  7-16 uses  17-29 end  30-36 epoch  37-46 generation
--   47 conditions, or d for a denial  48-63 id  64- what was issued, details
-- The length is that of the record, an end is a time in milliseconds.
local function record(uses, ends, generation, kind, id, rest)
	return string.format('%06d%010d%013.0f%s%010d%s%s', 63 + #rest, uses, ends, epoch, generation, kind, id) .. rest
end

-- claim makes owner the owner of a one-time id. It returns for how long that is so,
-- 0 if another is, and -1 if the bucket may have forgotten who is.
local function claim(key, owner, ttl)
	if now < number(memory[5]) + ttl then
		local known = redis.call('GET', key)
		if not known then
			return -1
		end
		return known == owner and math.max(redis.call('PTTL', key), 1) or 0
	end
	local known = redis.call('SET', key, owner, 'PX', ttl, 'NX', 'GET')
	if not known then
		return ttl
	end
	return known == owner and math.max(redis.call('PTTL', key), 1) or 0
end
