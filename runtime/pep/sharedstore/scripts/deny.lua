-- Remembers a denial, in the place of an earlier one.
-- KEYS: memory, revocations, grants.
-- ARGV: how long it refuses, how long it is known, details.

count = redis.call('HINCRBY', KEYS[1], 'count', 1)
local refuses, known = number(ARGV[1]), number(ARGV[2])
local value = redis.call('GET', KEYS[3]) or ''
if sub(value, 47, 47) == 'd' then
	value = sub(value, number(sub(value, 1, 6)) + 1)
end
local denial = record(0, now + known, count, 'd', '----------------', string.format('%013.0f', now + refuses) .. ARGV[3])
local life = math.max(known, redis.call('PTTL', KEYS[3]))
redis.call('SET', KEYS[3], denial .. value, 'PX', string.format('%.0f', life))
return {1, begun}
