#!/usr/bin/env bash
# Brings the Valkey server that the tests of the shared store start, and prints the
# path of the binary to standard output: the one in PATH, or else the Debian package's.
# Debian 12 has it in its backports alone, which are asked for this one package and
# not added to the sources of the machine. All else that this script says goes to
# standard error. E2E_VALKEY_BIN names a binary to use instead.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# backport installs a package out of the backports of the machine's own mirror.
backport() {
	local codename mirror parts apt installed
	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	# shellcheck disable=SC2016 # the names are apt's
	mirror=$(apt-get indextargets --format '$(SUITE) $(CODENAME) $(REPO_URI)' | awk -v c="$codename" '$2 == c { print $3; exit }')
	[[ -n $mirror ]] || return
	parts=$(mktemp -d)
	cp /etc/apt/sources.list.d/*.{list,sources} "$parts" 2>/dev/null || true
	echo "deb $mirror $codename-backports main" >"$parts/backports.list"
	apt=(apt-get -qq -o "Dir::Etc::SourceParts=$parts")
	export DEBIAN_FRONTEND=noninteractive
	"${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends -t "$codename-backports" "$1"
	installed=$?
	rm -rf "$parts"
	return "$installed"
}

main() {
	if ! command -v valkey-server >/dev/null; then
		if [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null && ! apt-cache policy valkey-server | grep -q 'Candidate: [^(]'; then
			say "installing valkey-server from the backports" >&2
			backport valkey-server >/dev/null </dev/null ||
				die "apt-get could not install valkey-server. Install it by hand, or set E2E_VALKEY_BIN to the path of one."
		else
			need_packages valkey-server >&2
		fi
	fi
	command -v valkey-server
}

named_server E2E_VALKEY_BIN || main
