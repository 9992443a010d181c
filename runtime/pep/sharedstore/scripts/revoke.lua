
-- Ends the grants of a bucket that a revocation selects.
-- KEYS: memory, revocations.
-- ARGV: whom it selects, or nothing for all; how long it is remembered at the
-- least; how many are told apart.

local field, limit, number, now = ARGV[1], tonumber(ARGV[3]), advance(), time()
call('SETRANGE', KEYS[1], 8, pack('>I4', number))
if field ~= '' and call('HLEN', KEYS[2]) >= limit and call('HEXISTS', KEYS[2], field) == 0 then
	local known = call('HGETALL', KEYS[2])
	for i = 1, #known, 2 do
		local _, till = unpack('>I4I6', known[i + 1])
		if till <= now then
			call('HDEL', KEYS[2], known[i])
		end
	end
	if call('HLEN', KEYS[2]) >= limit then
		field = ''
	end
end
if field == '' then
	call('SETRANGE', KEYS[1], 12, pack('>I4', number))
	call('DEL', KEYS[2])
	return pack('>c1I1', 'y', begun)
end
local till = math.max(now + tonumber(ARGV[2]), latest)
call('HSET', KEYS[2], field, pack('>I4I6', number, till))
if call('PTTL', KEYS[2]) < till - now then
	call('PEXPIREAT', KEYS[2], string.format('%.0f', till))
end
return pack('>c1I1', 'y', begun)
