#!/usr/bin/env bash
# Prints the section of a version in CHANGELOG.md, without its heading: infra/release/changelog-section.sh 0.2.0
set -euo pipefail
cd "$(dirname "$0")/../.."
section=$(awk -v heading="## [$1]" 'index($0, "## ") == 1 { printing = index($0, heading) == 1; next } printing' CHANGELOG.md)
[[ -n ${section//[[:space:]]/} ]] || { echo "CHANGELOG.md has no section for $1" >&2; exit 1; }
echo "$section"
