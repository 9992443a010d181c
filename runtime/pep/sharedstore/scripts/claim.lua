-- Claims a one-time id.
-- KEYS: memory, revocations, claim. ARGV: owner, life.

return {claim(KEYS[3], ARGV[1], number(ARGV[2])), begun}
