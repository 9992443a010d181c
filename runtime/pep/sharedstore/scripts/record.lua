
-- A value of grants is a row of records, a denial before all others. A record: its
-- length, uses left, end, epoch, generation, conditions or 255 for a denial, and an
-- id of 12 bytes; then what was issued, 12 bytes for each condition, or until when a
-- denial refuses; then details.
local RECORD, DENIAL, HEAD = '>I4I4I6I4I4I1c12', 255, 35
local function record(uses, ends, generation, kind, id, rest)
	return pack(RECORD, HEAD + #rest, uses, ends, epoch, generation, kind, id) .. rest
end
