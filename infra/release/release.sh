#!/usr/bin/env bash
# Builds all parts of a release, and publishes them. The workflow release.yml calls it for a tag.
#
#   infra/release/release.sh VERSION            builds into dist/release and publishes nothing; a missing tool skips its part
#   infra/release/release.sh VERSION --publish  publishes as well: npm packages with provenance, image, chart, GitHub release
#
# Makes notes.md (the changelog's section), the npm tarballs, sbom.cdx.json (CycloneDX, the dependencies in the image), the chart's
# archive, and the image. IMAGE names the image, CHARTS the OCI registry of charts.
set -euo pipefail
cd "$(dirname "$0")/../.."

version=${1:?usage: infra/release/release.sh VERSION [--publish]}
publish=${2:-}
out=$PWD/dist/release
image=${IMAGE:-eventhooks}
say() { echo "release: $*"; }
have() { command -v "$1" >/dev/null; }
# Without --publish a missing tool skips its part.
need() { have "$1" || { [[ -z $publish ]] || { echo "release: $1 is missing" >&2; exit 1; }; say "no $1 here: $2 left out"; return 1; }; }

in_manifest=$(node -p 'require("./package.json").version')
[[ $in_manifest == "$version" ]] || { echo "release: package.json says $in_manifest, not $version" >&2; exit 1; }
rm -rf "$out"
mkdir -p "$out"

say "changelog"
infra/release/changelog-section.sh "$version" >"$out/notes.md"

say "npm packages"
node infra/release/build-packages.ts "$out/npm"
for package in client cli; do npm pack --silent --pack-destination "$out" "$out/npm/$package" >/dev/null; done

say "SBOM"
npm sbom --sbom-format cyclonedx --omit dev --workspace @eventhooks/admin --workspace @eventhooks/worker >"$out/sbom.cdx.json"

if need helm "the chart"; then
  say "chart"
  helm package infra/helm --version "$version" --app-version "$version" --destination "$out" >/dev/null
fi
if need docker "the image" && { docker info >/dev/null 2>&1 || [[ -n $publish ]]; }; then
  say "image"
  .ci/image "$image:$version"
fi

ls -l "$out"
if [[ $publish != --publish ]]; then
  say "built, and not published"
  exit 0
fi

say "publishing"
for package in client cli; do npm publish --provenance --access public "$out/eventhooks-$package-$version.tgz"; done
docker push "$image:$version"
helm push "$out/eventhooks-$version.tgz" "${CHARTS:?CHARTS names the OCI registry of charts}"
gh release create "v$version" --title "$version" --notes-file "$out/notes.md" --verify-tag \
  "$out"/eventhooks-*.tgz "$out/sbom.cdx.json"
say "published $version"
