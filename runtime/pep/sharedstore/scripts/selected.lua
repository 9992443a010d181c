
-- selected returns the number of the last revocation that selects a key. Its
-- three parts stand for the subject, the accessor and the reference.
local function selected(parts)
	local none = string.rep('\0', 12)
	local s, a, r = sub(parts, 1, 12), sub(parts, 13, 24), sub(parts, 25, 36)
	local found = call('HMGET', KEYS[2],
		s .. none .. none, none .. a .. none, none .. none .. r,
		s .. a .. none, s .. none .. r, none .. a .. r, s .. a .. r)
	local last = all
	for i = 1, 7 do
		if found[i] then
			last = math.max(last, (unpack('>I4', found[i])))
		end
	end
	return last
end
