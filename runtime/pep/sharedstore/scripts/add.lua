-- Adds a grant, or uses to one.
-- KEYS: memory, revocations, grants.
-- ARGV: id, uses, life, epoch, generation, conditions, what was issued, the parts
-- of the key, details, how many grants may live side by side.
-- Returns whether it did.

local id, uses, generation = ARGV[1], number(ARGV[2]), number(ARGV[5])
if ARGV[4] ~= epoch then
	return {0, begun}
end
local last = revoked
if generation < revoked then
	last = selected(ARGV[8])
	if generation < last then
		return {0, begun}
	end
end

local value = redis.call('GET', KEYS[3])
local at, size = 1, value and #value or 0
local kept, others, found, ends = {}, 0, false, 0
while at < size do
	local length = number(sub(value, at, at + 5))
	local one = sub(value, at, at + length - 1)
	local till = number(sub(one, 17, 29))
	if till > now and sub(one, 30, 36) == epoch then
		if sub(one, 47, 47) == 'd' then
			if number(sub(one, 37, 46)) > generation then
				return {0, begun}
			end
			kept[#kept + 1], ends = one, math.max(ends, till)
		elseif sub(one, 48, 63) == id then
			local left = number(sub(one, 7, 16)) + uses
			one = sub(one, 1, 6) .. string.format('%010d', left) .. sub(one, 17)
			kept[#kept + 1], ends, found = one, math.max(ends, till), true
		elseif number(sub(one, 7, 16)) > 0 and
			(number(sub(one, 37, 46)) >= revoked or number(sub(one, 37, 46)) >= selected(ARGV[8])) then
			kept[#kept + 1], ends, others = one, math.max(ends, till), others + 1
		end
	end
	at = at + length
end
if not found then
	if others >= number(ARGV[10]) then
		return {0, begun}
	end
	local till = now + number(ARGV[3])
	kept[#kept + 1] = record(uses, till, generation, ARGV[6], id, ARGV[7] .. ARGV[9])
	ends = math.max(ends, till)
end
redis.call('SET', KEYS[3], table.concat(kept), 'PXAT', string.format('%.0f', ends))
if ends > number(memory[6]) then
	redis.call('HSET', KEYS[1], 'latest', string.format('%.0f', ends))
end
return {1, begun}
