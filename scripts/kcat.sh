#!/usr/bin/env bash
# Brings kcat, with which the end-to-end tests read back what the audit sink kafka has
# written, and prints the path of the binary to standard output: the one in PATH, or
# else the Debian package's. All else that this script says goes to standard error.
# E2E_KCAT_BIN names a binary to use instead.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

named_server E2E_KCAT_BIN || {
	command -v kcat >/dev/null || need_packages kcat >&2
	command -v kcat
}
