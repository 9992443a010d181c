#!/usr/bin/env bash
# Brings the Cerbos server of the end-to-end tests once, and prints the path of
# the binary to standard output. npm installs it as e2e/cerbos pins it, checksum
# included, and without running any script of the package. It is kept outside the
# tree, in the user's cache folder, under a name that changes with what is pinned.
# All else that this script says goes to standard error. The package is for Linux
# on x86-64; elsewhere, E2E_CERBOS_BIN names a binary to use instead.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# install_cerbos FOLDER installs what e2e/cerbos pins into a folder.
install_cerbos() {
	mkdir -p "$1" && cp e2e/cerbos/package.json e2e/cerbos/package-lock.json "$1" &&
		(cd "$1" && npm ci --ignore-scripts --no-audit --no-fund)
}

main() {
	local cache sum folder bin
	cache=$(cache_folder)
	sum=$(cat e2e/cerbos/*.json | sha256sum | cut -c 1-16)
	folder=$cache/cerbos-$sum
	bin=$folder/node_modules/@cerbos/cerbos-linux-x64/cerbos-linux-x64
	if [[ ! -x $bin ]]; then
		[[ "$(uname -sm)" == "Linux x86_64" ]] ||
			die "There is no Cerbos package for this machine here. Set E2E_CERBOS_BIN to the path of a cerbos binary."
		if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
			need_packages nodejs npm >&2
		fi
		need_certificates >&2
		mkdir -p "$cache"
		warn "installing the Cerbos server for the end-to-end tests: once, 100 MB"
		# Under another name first: an interrupted installation must not look finished.
		rm -rf "$folder" "$folder.$$"
		with_beat "installing the Cerbos server" install_cerbos "$folder.$$" || {
			rm -rf "$folder.$$"
			die "The Cerbos server could not be installed. Once the cause above is gone, run this again:" \
				$'\n\n    scripts/cerbos.sh\n'
		}
		mv "$folder.$$" "$folder"
	fi
	echo "$bin"
}

named_server E2E_CERBOS_BIN || main
