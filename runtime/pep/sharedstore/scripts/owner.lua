
-- own makes owner the owner of a one-time id. It returns for how long that is so,
-- 0 if another is, and -1 if the bucket may have forgotten who is.
local function own(key, owner, life)
	local known
	if time() < since + life then
		known = call('GET', key)
		if not known then
			return -1
		end
	else
		known = call('SET', key, owner, 'PX', life, 'NX', 'GET')
		if not known then
			return life
		end
	end
	return known == owner and math.max(call('PTTL', key), 1) or 0
end
