
-- advance counts one more revocation or denial, and returns its number.
local function advance()
	count = count + 1
	call('SETRANGE', KEYS[1], 4, pack('>I4', count))
	return count
end
