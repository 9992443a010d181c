-- Takes a use of a live grant, after a look at what refuses the read before.
-- KEYS: memory, revocations, grants, claim of the proof, claim of the token.
-- ARGV: flags (s takes a use, d heeds a denial, p claims the proof, t looks for
-- the token's claim), the parts of the key, the caller's circumstances, the owner
-- and the life of the claim.

local flags = ARGV[1]
local value = redis.call('GET', KEYS[3])
local at, size = 1, value and #value or 0

if size > 0 and sub(value, 47, 47) == 'd' then
	local length = number(sub(value, 1, 6))
	local till = number(sub(value, 64, 76))
	if till > now and string.find(flags, 'd', 1, true) and sub(value, 30, 36) == epoch then
		return {'denied', begun, till - now, number(sub(value, 17, 29)) - now, sub(value, 77, length)}
	end
	at = length + 1
end

local owned = 0
if string.find(flags, 'p', 1, true) then
	owned = claim(KEYS[4], ARGV[4], number(ARGV[5]))
	if owned < 0 then
		return {'forgot', begun}
	elseif owned == 0 then
		return {'replayed', begun}
	end
end

local last
while at < size do
	local length = number(sub(value, at, at + 5))
	local uses = number(sub(value, at + 6, at + 15))
	local ends = number(sub(value, at + 16, at + 28))
	if uses > 0 and ends > now and sub(value, at + 29, at + 35) == epoch then
		local generation = number(sub(value, at + 36, at + 45))
		local alive = generation >= revoked
		if not alive then
			last = last or selected(ARGV[2])
			alive = generation >= last
		end
		local conditions, rest = number(sub(value, at + 46, at + 46)), at + 63
		if alive and conditions > 0 then
			for part = 0, 2 do
				if math.floor(conditions / 2 ^ part) % 2 == 1 then
					if sub(value, rest, rest + 15) ~= sub(ARGV[3], part * 16 + 1, part * 16 + 16) then
						alive = false
					end
					rest = rest + 16
				end
			end
		end
		if alive then
			if string.find(flags, 's', 1, true) then
				uses = uses - 1
				if uses == 0 and length == size then
					redis.call('DEL', KEYS[3])
				else
					redis.call('SETRANGE', KEYS[3], at + 5, string.format('%010d', uses))
				end
			end
			return {'live', begun, owned, uses, ends - now, epoch, generation, sub(value, rest, at + length - 1)}
		end
	end
	at = at + length
end

local claimed = string.find(flags, 't', 1, true) and redis.call('EXISTS', KEYS[5]) or 0
return {'none', begun, owned, epoch, count, claimed}
