# Sourced by the scripts beside it. They start in the repository's root, with `run COMMAND` to run npm's commands.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# An older Node runs the same commands under Node 24, as the README says.
node_major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
if ((node_major >= 22)); then
  run() { bash -c "$1"; }
else
  run() { npx -y -p node@24 -c "$1"; }
fi
