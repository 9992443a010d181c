
local function record(uses, ends, generation, kind, id, rest)
	return pack(RECORD, HEAD + #rest, uses, ends, epoch, generation, kind, id) .. rest
end
