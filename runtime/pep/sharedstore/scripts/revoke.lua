-- Ends the grants of a bucket that a revocation selects.
-- KEYS: memory, revocations.
-- ARGV: whom it selects, or nothing for all; how long it is remembered at the
-- least; how many are told apart.

local field, limit = ARGV[1], number(ARGV[3])
count = redis.call('HINCRBY', KEYS[1], 'count', 1)
redis.call('HSET', KEYS[1], 'revoked', count)
if field ~= '' and redis.call('HLEN', KEYS[2]) >= limit and redis.call('HEXISTS', KEYS[2], field) == 0 then
	local all = redis.call('HGETALL', KEYS[2])
	for i = 1, #all, 2 do
		if number(string.match(all[i + 1], '%d+$')) <= now then
			redis.call('HDEL', KEYS[2], all[i])
		end
	end
	if redis.call('HLEN', KEYS[2]) >= limit then
		field = ''
	end
end
if field == '' then
	redis.call('HSET', KEYS[1], 'all', count)
	redis.call('DEL', KEYS[2])
	return {1, begun}
end
local till = math.max(now + number(ARGV[2]), number(memory[6]))
redis.call('HSET', KEYS[2], field, string.format('%.0f %.0f', count, till))
if redis.call('PTTL', KEYS[2]) < till - now then
	redis.call('PEXPIREAT', KEYS[2], string.format('%.0f', till))
end
return {1, begun}
