
-- Remembers a denial, in the place of an earlier one.
-- KEYS: memory, revocations, grants.
-- ARGV: how long it refuses, how long it is known, details.

local known, others, now = tonumber(ARGV[2]), value or '', time()
if #others > 0 then
	local length, _, _, _, _, kind = unpack(RECORD, others)
	if kind == DENIAL then
		others = sub(others, length + 1)
	end
end
local denial = record(0, now + known, advance(), DENIAL, string.rep('\0', 12), pack('>I6', now + tonumber(ARGV[1])) .. ARGV[3])
local life = math.max(known, call('PTTL', KEYS[3]))
call('SET', KEYS[3], denial .. others, 'PX', string.format('%.0f', life))
return pack('>c1I1', 'y', begun)
