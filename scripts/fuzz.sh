#!/usr/bin/env bash
# Runs each fuzz target of every module for a while. An input that fails is kept
# by Go in the package's testdata/fuzz: commit it with the fix.
#
#   FUZZTIME=10s   how long for each target

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# fuzz runs the target of a package in a module. Go at times takes the end of
# its own fuzztime for a failure (golang/go#75804), the more often the busier the
# machine is: that is tried again, and shown only if it does not go away.
fuzz() {
	local try tries=4
	say "$2: $3, ${FUZZTIME:=10s}"
	for ((try = 1; try <= tries; try++)); do
		if (cd "$1" && go test -run '^$' -fuzz "^$3\$" -fuzztime "$FUZZTIME" "$2") >"$log" 2>&1; then
			grep -e '^fuzz: ' -e '^ok ' "$log" | tail -n 2
			return
		fi
		if grep -q 'Failing input' "$log" || ! grep -q '^ *context deadline exceeded$' "$log"; then
			break
		fi
		warn "no input failed; the time was up ($try of $tries)"
	done
	cat "$log"
	return 1
}

need_go
need_certificates
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for module in $(modules); do
	packages=$(packages_with "$module" 'func Fuzz')
	for package in $packages; do
		targets=$(cd "$module" && go test -list '^Fuzz' "$package" | grep '^Fuzz')
		for target in $targets; do fuzz "$module" "$package" "$target"; done
	done
done
