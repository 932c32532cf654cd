#!/usr/bin/env bash
# Checks the configuration in infra and .github with the tools that read it, and starts nothing:
#   docker-compose.yml by Compose (no engine needed), Prometheus's configuration, rules and the rules' own tests by
#   promtool, the Helm chart by helm, the manifests that it renders by kubernetes-validate against Kubernetes' schemas,
#   the workflows by actionlint.
#
#   infra/check.sh            fails if a tool is missing, and names its package
#   infra/check.sh --install  fetches missing tools first (Debian or Ubuntu, as root, with Go and Python); CI does this
set -euo pipefail
cd "$(dirname "$0")/.."

helm_version=v3.22.0
actionlint_version=v1.7.12
kubernetes_validate_version=1.37.0
kubernetes_version=1.33
tools=${XDG_CACHE_HOME:-$HOME/.cache}/eventhooks-tools
export PATH=$PATH:$tools/bin:$tools/usr/bin PYTHONPATH=$tools/python

say() { echo "infra: $*"; }
have() { command -v "$1" >/dev/null; }
have_compose() { docker compose version >/dev/null 2>&1 || docker-compose version >/dev/null 2>&1; }
have_validate() { python3 -c 'import kubernetes_validate' >/dev/null 2>&1; }
three_times() { "$@" || { sleep 5; "$@"; } || { sleep 15; "$@"; }; }

install_missing() {
  mkdir -p "$tools"
  if ! have promtool || ! have_compose; then three_times apt-get update -qq; fi
  if ! have promtool; then
    # Unpacked, not installed, because the package would start a server.
    (cd "$tools" && three_times apt-get download -qq prometheus && dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb)
  fi
  have_compose || DEBIAN_FRONTEND=noninteractive three_times apt-get install -y -qq --no-install-recommends docker-compose >/dev/null
  have helm || GOBIN=$tools/bin three_times go install "helm.sh/helm/v3/cmd/helm@$helm_version"
  have actionlint || GOBIN=$tools/bin three_times go install "github.com/rhysd/actionlint/cmd/actionlint@$actionlint_version"
  have_validate || three_times python3 -m pip install -q --target "$tools/python" "kubernetes-validate==$kubernetes_validate_version"
}

[[ ${1:-} != --install ]] || install_missing

missing=()
have promtool || missing+=("promtool (Debian: the package prometheus)")
have_compose || missing+=("Docker Compose 1.29 or newer (Debian: docker-compose)")
have helm || missing+=("helm (go install helm.sh/helm/v3/cmd/helm@$helm_version)")
have actionlint || missing+=("actionlint (go install github.com/rhysd/actionlint/cmd/actionlint@$actionlint_version)")
have_validate || missing+=("kubernetes-validate (pip install kubernetes-validate==$kubernetes_validate_version)")
if ((${#missing[@]})); then
  printf 'infra: missing: %s\n' "${missing[@]}" >&2
  echo "infra: install them, or run infra/check.sh --install" >&2
  exit 1
fi

say "Compose"
compose() { if docker compose version >/dev/null 2>&1; then docker compose "$@"; else docker-compose "$@"; fi; }
compose -f docker-compose.yml --profile observability config -q
compose -f docker-compose.yml -f infra/smoke/compose.yml -f infra/smoke/compose-host-build.yml config -q

say "Prometheus"
promtool check config infra/prometheus/prometheus.yml
promtool test rules infra/prometheus/rules.test.yml

say "Helm"
helm lint infra/helm --strict --quiet -f infra/helm/ci/everything.yaml
rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT
render() { helm template eventhooks infra/helm --kube-version "$kubernetes_version" "${@:2}" 2>/dev/null >"$rendered/$1.yaml"; }
render default --set existingSecret=eventhooks
render everything -f infra/helm/ci/everything.yaml
render bare --set existingSecret=eventhooks --set networkPolicy.enabled=false,podDisruptionBudget.enabled=false,worker.autoscaling.enabled=false
validate() { python3 -m kubernetes_validate --strict --quiet --no-warn --kubernetes-version "$kubernetes_version" "$1"; }
for file in "$rendered"/*.yaml; do validate "$file"; done
sed 's/targetPort:/targetPorx:/' "$rendered/default.yaml" >"$rendered/broken"
! validate "$rendered/broken" >/dev/null 2>&1 || { echo "infra: the validator accepts what is broken" >&2; exit 1; }
grep -q '^kind: HorizontalPodAutoscaler' "$rendered/default.yaml"
grep -q '^kind: ScaledObject' "$rendered/everything.yaml"
! grep -q '^kind: HorizontalPodAutoscaler' "$rendered/everything.yaml"
# The rules in the chart are those of infra/prometheus.
for alert in $(sed -nE 's/^ +- alert: (.*)/\1/p' infra/prometheus/rules/*.yml); do
  grep -q "alert: $alert$" "$rendered/everything.yaml"
done

say "Workflows"
actionlint
say "passed"
