
-- Reports whether a grant was revoked.
-- KEYS: memory, revocations. ARGV: epoch, generation, the parts of its key.

local generation = tonumber(ARGV[2])
if tonumber(ARGV[1]) ~= epoch or generation < revoked and generation < selected(ARGV[3]) then
	return pack('>c1I1', 'y', begun)
end
return pack('>c1I1', 'n', begun)
