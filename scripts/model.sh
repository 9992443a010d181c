#!/usr/bin/env bash
# Checks the model of the protocol between processes and their shared store,
# docs/protocol/store.pml, in about a minute and 800 MB of memory: no state that can
# be reached breaks what docs/protocol.md promises. Then it brings in each of the
# faults that the model names, one at a time, all of which must be found.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

model=$PWD/docs/protocol/store.pml

# search DEFINITION... looks at every state of the model under the definitions. It
# ends the script if the search was not complete, and fails if an assertion did.
search() {
	(
		cd "$tmp"
		rm -f pan*
		{ spin -a "${@/#/-D}" "$model" && "$(go env CC)" -O2 -DSAFETY -DCOLLAPSE -o pan pan.c; } >log 2>&1 || {
			cat log
			exit 2
		}
		./pan -m100000 >log
		grep -q 'max search depth too small\|out of memory\|Search not completed' log && ! grep -q 'assertion violated' log && exit 2
		grep -q 'errors: 0$' log
	) && return
	(($? == 1)) || die "FAIL: the model could not be searched: $*"
	return 1
}

need_go
need_cc
command -v spin >/dev/null || need_packages spin

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

failed=()
say "the model, and each of its faults"
for part in GRANTS CLAIMS; do
	if search "$part"; then
		echo "$part: holds in all $(sed -n 's/^ *\([0-9]*\) states, stored.*/\1/p' "$tmp/log") states"
	else
		grep 'assertion violated' "$tmp/log"
		failed+=("$part")
	fi
done
for fault in "GRANTS NONATOMIC" "GRANTS RETRY" "GRANTS NOEPOCH" "GRANTS LATE" "GRANTS UNCHECKED" "CLAIMS NOEPOCH" "CLAIMS NOWINDOW"; do
	# shellcheck disable=SC2086 # a definition a word
	if search $fault; then
		echo "$fault: is not found"
		failed+=("$fault")
	else
		echo "$fault: is found"
	fi
done
((${#failed[@]} == 0)) || die "FAIL: ${failed[*]}"
