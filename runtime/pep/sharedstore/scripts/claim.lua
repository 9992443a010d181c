
-- Claims a one-time id.
-- KEYS: memory, revocations, claim. ARGV: owner, life.

local owned = own(KEYS[3], ARGV[1], tonumber(ARGV[2]))
if owned <= 0 then
	return pack('>c1I1', owned < 0 and 'f' or 'r', begun)
end
return pack('>c1I1I6', 'o', begun, owned)
