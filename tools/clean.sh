#!/bin/sh
# Remove what was built in this folder. Needs nothing that it removes, so it works without .venv.
# With `all` the Pulumi engine in the cache goes too; building it again takes minutes.
set -eu
cd "$(dirname "$0")/.."
if [ -f build/sandbox.json ]; then
    pid=$(sed -n 's/^ *"pid": *\([0-9]*\).*/\1/p' build/sandbox.json)
    if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then
        echo "a sandbox is running here (process $pid): stop it first" >&2
        exit 1
    fi
fi
rm -rf build .venv .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
find . -name __pycache__ -type d -prune -exec rm -rf {} +
find . -name '*.egg-info' -type d -prune -exec rm -rf {} +
if [ "${1:-}" = all ]; then
    rm -rf "${XDG_CACHE_HOME:-$HOME/.cache}/upkeep"
fi
