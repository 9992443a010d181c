
-- Takes a use of a live grant, after a look at what refuses the read before.
-- KEYS: memory, revocations, grants, claim of the proof, claim of the token.
-- ARGV: five flags (to take a use, to heed a denial, to claim the proof, to look for
-- the token's claim, to look at the time), the parts of the key, the caller's
-- circumstances, the owner and the life of the claim.
-- A live grant is returned as the record that it was, with the time, if that was
-- looked at: one that is alone in its key lives for as long as the key does.

local spends, heeds, proves, looks, dates = string.byte(ARGV[1], 1, 5)
local YES = 49

local at, size = 1, value and #value or 0
local length, uses, ends, of, generation, conditions, _, rest
local now = 0

if size > 0 then
	length, uses, ends, of, generation, conditions, _, rest = unpack(RECORD, value)
	if length < size or conditions == DENIAL or dates == YES then
		now = time()
	end
	if conditions == DENIAL then
		local till = unpack('>I6', value, rest)
		if till > now and of == epoch and heeds == YES then
			return pack('>c1I1I6I6', 'd', begun, till - now, ends - now) .. sub(value, rest + 6, length)
		end
		uses = 0
	end
end

local owned = 0
if proves == YES then
	owned = own(KEYS[4], ARGV[4], tonumber(ARGV[5]))
	if owned <= 0 then
		return pack('>c1I1', owned < 0 and 'f' or 'r', begun)
	end
end

local last
while at < size do
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
			if spends == YES then
				if uses == 1 and length == size then
					call('DEL', KEYS[3])
				else
					call('SETRANGE', KEYS[3], at + 3, pack('>I4', uses - 1))
				end
			end
			local answer = 'l\0\0\0\0\0\0\0\0\0\0\0\0\0'
			if owned + now + begun > 0 then
				answer = pack('>c1I1I6I6', 'l', begun, owned, now)
			end
			return answer .. (length == size and value or sub(value, at, at + length - 1))
		end
	end
	at = at + length
	if at < size then
		length, uses, ends, of, generation, conditions, _, rest = unpack(RECORD, value, at)
	end
end

local claimed = looks == YES and call('EXISTS', KEYS[#KEYS]) or 0
return pack('>c1I1I6I4I4I1', 'n', begun, owned, epoch, count, claimed)
