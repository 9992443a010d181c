#!/usr/bin/env bash
# Builds the Vault server of the end-to-end tests once, and prints the path of
# the binary to standard output. It is kept outside the tree, in the user's cache
# folder, under a name that changes with its sources. All else that this script
# says goes to standard error. E2E_VAULTSERVER_BIN names a binary to use instead.

source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

named_server E2E_VAULTSERVER_BIN || go_server e2e/vaultserver "the Vault server" "3 minutes"
