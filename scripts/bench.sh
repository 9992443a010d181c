#!/usr/bin/env bash
# Runs the benchmarks of every module, in about six minutes. docs/benchmarks.md
# tells how to read them. Those of the kv2 provider run against a real server,
# which scripts/vaultserver.sh builds the first time, and those of the shared store
# against those that scripts/redis.sh and scripts/valkey.sh bring.
#
#   BENCH=REGEXP   only the benchmarks that match
#   BENCHFLAGS=…   more flags for go test, such as -count=10 for benchstat, or
#                  -benchtime=2s in place of the 300 ms that each gets here

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

need_go
need_certificates
read -ra more <<<"${BENCHFLAGS:-}"
for module in $(modules); do
	packages=$(packages_with "$module" 'func Benchmark')
	[[ -n $packages ]] || continue
	say "$module: go test -bench"
	# shellcheck disable=SC2086 # one word for each package
	(cd "$module" && go test -run '^$' -bench "${BENCH:-.}" -benchtime 300ms -benchmem "${more[@]}" $packages)
done
