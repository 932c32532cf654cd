#!/usr/bin/env bash
# Runs the whole stack as a user does, in a Compose project of its own, and takes it down again:
# up without .env, three workers, 5,000 events, metrics of every replica in Prometheus, a worker killed in the middle of
# 5,000 more, a second start on the same volumes. Takes three minutes, on a busy machine ten. Fails at the first broken promise.
#
#   infra/smoke/compose.sh
#
# SMOKE_IMAGES  for machines without an image registry: a script that provides the images that the given files name, and prints
#               the engine's settings for the argument `env`. The image is then built in the host's network.
set -euo pipefail
cd "$(dirname "$0")/../.."

events=5000
files=(-f docker-compose.yml -f infra/smoke/compose.yml)
export COMPOSE_PROJECT_NAME=eventhooks-smoke EVENTHOOKS_ADMIN_PORT=18001 PROMETHEUS_PORT=19090 GRAFANA_PORT=13000
admin=http://127.0.0.1:$EVENTHOOKS_ADMIN_PORT
prometheus=http://127.0.0.1:$PROMETHEUS_PORT

if [[ -n ${SMOKE_IMAGES:-} ]]; then
  "$SMOKE_IMAGES" docker-compose.yml infra/docker/Dockerfile
  eval "$("$SMOKE_IMAGES" env)"
  files+=(-f infra/smoke/compose-host-build.yml)
fi
if docker compose version >/dev/null 2>&1; then compose() { docker compose "${files[@]}" "$@"; }
else compose() { docker-compose "${files[@]}" "$@"; }; fi

say() { echo "$(date -u +%T) $*"; }
fail() { say "FAILED: $*" >&2; exit 1; }
finish() {
  local status=$?
  if ((status != 0)); then compose ps; compose logs --no-color --tail 40 migrate admin worker; fi
  compose --profile observability down --volumes --remove-orphans --timeout 15 >/dev/null 2>&1 || status=1
  ((status == 0)) && say "passed" || say "failed"
  exit "$status"
}
trap finish EXIT

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
  local deadline=$((SECONDS + $1)) what=$2; shift 2
  until "$@"; do
    ((SECONDS < deadline)) || fail "not within its time: $what"
    sleep 1
  done
}
api() { curl -sS --fail-with-body -H "Kong-Admin-Token: $token" "$@"; }
image_megabytes() { docker image inspect -f '{{.Size}}' "$1" | awk '{printf "%.0f", $1 / 1e6}'; }
ready() { curl -sf -o /dev/null "$admin/readyz"; }
# The first sample of a query's result, as a whole number.
query() {
  curl -sS "$prometheus/api/v1/query" --data-urlencode "query=$1" | sed -nE 's/.*"value":\[[0-9.]+,"([0-9]+)[^"]*"\].*/\1/p'
}
at_least() { local value; value=$(query "$2"); ((${value:-0} >= $1)); }
# The receiver's control port answers with its report, and takes the phase that it is to expect.
control() { compose exec -T receiver node -e "fetch('http://127.0.0.1:8081/', $1).then(async (r) => process.stdout.write(await r.text()))"; }
expect_all() { control "{ method: 'POST', body: '{\"main\":{\"events\":$((2 * events + 101))}}' }" >/dev/null; }
# How many events arrived, and how many arrivals were repeats.
seen() { control '{}' | sed -nE 's/.*"distinct":([0-9]+),"repeats":([0-9]+).*/\1 \2/p'; }
all_seen() { local distinct; read -r distinct _ < <(seen); ((distinct >= $1)); }
# publish FROM TO: numbered events, in requests of 100.
publish() {
  local n
  for ((n = $1; n < $2; n += 100)); do
    seq "$n" $((n + 99)) | sed 's/.*/{"source":"smoke","event":"numbered","data":{"n":&}}/' |
      api "$admin/events" -H 'content-type: application/x-ndjson' --data-binary @- >/dev/null
  done
}

compose --profile observability down --volumes --remove-orphans >/dev/null 2>&1 || true
say "building and starting with no settings at all"
compose build -q secrets 2>/dev/null >&2 || compose build secrets
monitoring=(prometheus)
docker image inspect "$(sed -nE 's/^ +image: (grafana.*)/\1/p' docker-compose.yml)" >/dev/null 2>&1 || [[ -z ${SMOKE_IMAGES:-} ]] && monitoring+=(grafana)
compose --profile observability up -d --scale worker=3 admin worker receiver "${monitoring[@]}"
wait_for 120 "the admin is ready" ready
wait_for 30 "the receiver expects the events" expect_all
token=$(compose logs --no-color secrets | sed -nE 's/.*Admin token: ([0-9a-f]+).*/\1/p')
[[ -n $token ]] || fail "no token in the log"
# The official base is 230 MB. A stand-in may have any size, so only the layers on top of it count then.
size=$(image_megabytes "${EVENTHOOKS_IMAGE:-eventhooks:local}")
[[ -z ${SMOKE_IMAGES:-} ]] || size=$((size - $(image_megabytes node:24-bookworm-slim) + 230))
say "image: $size MB"
((size < 400)) || fail "the image has 400 MB or more"

[[ $(curl -s -o /dev/null -w '%{http_code}' "$admin/event-hooks") == 401 ]] || fail "no token is asked for"
api -X PUT "$admin/event-hooks/sources/smoke/numbered" -H 'content-type: application/json' -d '{"description":"A number","fields":["n"]}' >/dev/null
api "$admin/event-hooks" -H 'content-type: application/json' \
  -d '{"source":"smoke","event":"numbered","handler":"webhook","config":{"url":"http://receiver:8080/main/0","secret":"smoke-test"}}' >/dev/null
api "$admin/event-hooks" -H 'content-type: application/json' \
  -d '{"source":"smoke","event":"numbered","handler":"lambda","config":{"functions":["return function (data) return data.n ~= nil end"]}}' >/dev/null

say "publishing $events events to three workers"
publish 1 "$events"
wait_for 600 "all $events events are delivered" all_seen "$events"
say "delivered: $(seen | awk '{print $1 " events, " $2 " repeated"}')"

wait_for 120 "Prometheus scrapes three workers" at_least 3 'count(up{job="eventhooks-worker"} == 1)'
wait_for 120 "their counters add up" at_least $((2 * events)) 'sum(eventhooks_deliveries_total{outcome="succeeded"})'
wait_for 120 "each replica took a part" at_least 3 'count(sum by (instance) (eventhooks_deliveries_total{outcome="succeeded"}) > 0)'
[[ $(query 'sum(eventhooks_scheduler_active)') == 1 ]] || fail "not exactly one scheduler"
[[ $(query 'sum(eventhooks_sandbox_runs_total)') -ge $events ]] || fail "the lambdas did not run in the sandbox"
say "Prometheus: $(query 'count(up == 1)') targets up, $(query 'sum(eventhooks_deliveries_total)') deliveries counted"
if [[ " ${monitoring[*]} " == *" grafana "* ]]; then
  wait_for 120 "Grafana shows the dashboard" curl -sf -o /dev/null "http://127.0.0.1:$GRAFANA_PORT/api/dashboards/uid/eventhooks"
  say "Grafana: dashboard and data source provisioned"
else
  say "Grafana: no image here, not tried"
fi

say "publishing $events more, and killing a worker meanwhile"
publish $((events + 1)) $((2 * events)) &
publisher=$!
victim=$(docker ps -q -f "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" -f label=com.docker.compose.service=worker | head -n 1)
wait_for 300 "deliveries are under way" all_seen $((events + 1))
docker kill -s KILL "$victim" >/dev/null
wait "$publisher"
wait_for 600 "nothing is lost" all_seen $((2 * events))
say "delivered: $(seen | awk '{print $1 " events, " $2 " repeated"}')"
backlog_gone() { curl -s "$admin/metrics" | grep -q '^eventhooks_undispatched_events 0$'; }
wait_for 600 "every decision is recorded" backlog_gone

say "down and up again on the same volumes"
compose --profile observability down --timeout 15 >/dev/null 2>&1
compose up -d admin worker receiver
wait_for 120 "the admin is ready" ready
wait_for 30 "the receiver expects the events" expect_all
[[ $(api "$admin/event-hooks" | grep -o '"handler"' | wc -l) == 2 ]] || fail "the hooks are gone, or the token is another"
! compose logs --no-color secrets | grep -q 'Admin token' || fail "the token was shown a second time"
compose run --rm --no-deps migrate rotate-keys | tail -n 1 | grep '^Done' || fail "keys cannot be rotated"
publish $((2 * events + 1)) $((2 * events + 100))
wait_for 300 "deliveries go on" all_seen 100
