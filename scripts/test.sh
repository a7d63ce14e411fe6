#!/usr/bin/env bash
# The whole test command: installs what the suites need from Debian's packages, builds, checks, tests.
set -euo pipefail
cd "$(dirname "$0")/.."
need=()
command -v chromium >/dev/null || need+=(chromium)
command -v promtool >/dev/null || need+=(prometheus)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || need+=(postgresql)
if [ "${#need[@]}" -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing ${need[*]}"
    apt-get update -qq </dev/null
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${need[@]}" </dev/null >/dev/null
  else
    echo "missing Debian packages: ${need[*]} (apt-get install ${need[*]}); the suites that need them will say so and fail" >&2
  fi
fi
bash scripts/live-setup.sh
node scripts/build.mjs
npx tsc --noEmit
npx tsc --noEmit -p viz
npx eslint .
exec npx vitest run "$@"
