-- Reports whether a grant was revoked.
-- KEYS: memory, revocations. ARGV: epoch, generation, the parts of its key.

local generation = number(ARGV[2])
if ARGV[1] ~= epoch then
	return {1, begun}
end
if generation >= revoked then
	return {0, begun}
end
return {generation < selected(ARGV[3]) and 1 or 0, begun}
