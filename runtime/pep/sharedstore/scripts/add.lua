
-- Adds a grant, or uses to one.
-- KEYS: memory, revocations, grants.
-- ARGV: id, uses, life, epoch, generation, conditions, what was issued, the parts
-- of the key, details, how many grants may live side by side.

local id, uses, generation, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[5]), time()
local last
local function dead(one)
	if one >= revoked then
		return false
	end
	last = last or selected(ARGV[8])
	return one < last
end
if tonumber(ARGV[4]) ~= epoch or dead(generation) then
	return pack('>c1I1', 'n', begun)
end

local at, size = 1, value and #value or 0
local kept, others, found, ends = {}, 0, false, 0
while at < size do
	local length, left, till, of, before, kind, name = unpack(RECORD, value, at)
	if till > now and of == epoch then
		local one = sub(value, at, at + length - 1)
		if kind == DENIAL then
			if before > generation then
				return pack('>c1I1', 'n', begun)
			end
			kept[#kept + 1], ends = one, math.max(ends, till)
		elseif name == id then
			one = sub(one, 1, 4) .. pack('>I4', math.min(left + uses, 2 ^ 31 - 1)) .. sub(one, 9)
			kept[#kept + 1], ends, found = one, math.max(ends, till), true
		elseif left > 0 and not dead(before) then
			kept[#kept + 1], ends, others = one, math.max(ends, till), others + 1
		end
	end
	at = at + length
end
if not found then
	if others >= tonumber(ARGV[10]) then
		return pack('>c1I1', 'n', begun)
	end
	local till = now + tonumber(ARGV[3])
	kept[#kept + 1] = record(uses, till, generation, tonumber(ARGV[6]), id, ARGV[7] .. ARGV[9])
	ends = math.max(ends, till)
end
call('SET', KEYS[3], table.concat(kept), 'PXAT', string.format('%.0f', ends))
if ends > latest then
	call('SETRANGE', KEYS[1], 22, pack('>I6', ends))
end
return pack('>c1I1', 'y', begun)
