
-- Takes a use of a live grant, after a look at what refuses the read before.
-- KEYS: memory, revocations, grants, claim of the proof, claim of the token.
-- ARGV: flags (s takes a use, d heeds a denial, p claims the proof, t looks for
-- the token's claim), the parts of the key, the caller's circumstances, the owner
-- and the life of the claim.

local flags = ARGV[1]
local at, size = 1, value and #value or 0

if size > 0 then
	local length, _, known, of, _, kind, _, rest = unpack(RECORD, value)
	if kind == DENIAL then
		local till = unpack('>I6', value, rest)
		if till > now and of == epoch and string.find(flags, 'd', 1, true) then
			return pack('>c1I1I6I6', 'd', begun, till - now, known - now) .. sub(value, rest + 6, length)
		end
		at = length + 1
	end
end

local owned = 0
if string.find(flags, 'p', 1, true) then
	owned = own(KEYS[4], ARGV[4], tonumber(ARGV[5]))
	if owned <= 0 then
		return pack('>c1I1', owned < 0 and 'f' or 'r', begun)
	end
end

local last
while at < size do
	local length, uses, ends, of, generation, conditions, _, rest = unpack(RECORD, value, at)
	if uses > 0 and ends > now and of == epoch then
		local alive = generation >= revoked
		if not alive then
			last = last or selected(ARGV[2])
			alive = generation >= last
		end
		if alive and conditions > 0 then
			local have = ARGV[3] and #ARGV[3] > 0 and ARGV[3] or string.rep('\0', 36)
			for part = 0, 2 do
				if math.floor(conditions / 2 ^ part) % 2 == 1 then
					alive = alive and sub(value, rest, rest + 11) == sub(have, part * 12 + 1, part * 12 + 12)
					rest = rest + 12
				end
			end
		end
		if alive then
			if string.find(flags, 's', 1, true) then
				uses = uses - 1
				if uses == 0 and length == size then
					call('DEL', KEYS[3])
				else
					call('SETRANGE', KEYS[3], at + 3, pack('>I4', uses))
				end
			end
			return pack('>c1I1I6I6I4I4I4', 'l', begun, owned, ends - now, uses, epoch, generation) .. sub(value, rest, at + length - 1)
		end
	end
	at = at + length
end

local claimed = string.find(flags, 't', 1, true) and call('EXISTS', KEYS[#KEYS]) or 0
return pack('>c1I1I6I4I4I1', 'n', begun, owned, epoch, count, claimed)
