#!/bin/sh
# Becomes the npm script that is named, so that signals reach the process itself and npm takes no memory.
# Anything else is run as it is.
set -eu
script=$(node -p 'require("./package.json").scripts[process.argv[1]] ?? ""' "${1:-}")
[ -n "$script" ] || exec "$@"
exec sh -c "$script"
