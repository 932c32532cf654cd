#!/bin/sh
# Replaces itself with the named npm script's command, so that signals reach the process and npm takes no memory.
# Any other command runs as it is.
set -eu
script=$(node -p 'require("./package.json").scripts[process.argv[1]] ?? ""' "${1:-}")
[ -n "$script" ] || exec "$@"
exec sh -c "$script"
