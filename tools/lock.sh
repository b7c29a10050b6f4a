#!/bin/sh
# Pin what requirements*.in name, with everything those need, for every platform.
# No index address and no hash goes into the files: each machine uses the index it is set up for.
set -eu
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "make lock needs uv: python -m pip install uv" >&2; exit 1; }
for name in requirements requirements-dev; do
    uv pip compile --quiet --universal --python-version 3.11 --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links "$name.in" -o "$name.txt"
done
