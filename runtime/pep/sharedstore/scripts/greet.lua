
-- Runs over every new connection, before anything else does; the prelude has done
-- all that there is to do.
-- KEYS: memory, revocations. ARGV: greet.

return pack('>c1I1', 'y', begun)
