-- Runs over every new connection, before anything else does. A server that was
-- started, or promoted, since the bucket's epoch began may have come back with an
-- old memory, or with none: another epoch begins.
-- KEYS: memory, revocations.

if begun == 0 then
	local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
	if redis.call('HGET', KEYS[1], 'run') ~= run then
		begin()
	end
end
return {begun, begun}
