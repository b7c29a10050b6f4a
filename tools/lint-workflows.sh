#!/bin/sh
# Lint the workflows: actionlint for what GitHub would refuse, zizmor for what an attacker would use.
# actionlint is built once from the module pinned in tools/actionlint, into the cache of all clones;
# zizmor comes with the requirements. Nothing is looked up online. Arguments: other files to lint.
set -eu
cd "$(dirname "$0")/.."
fail() { echo "lint-workflows: $1" >&2; exit 1; }

version=$(sed -n 's/^require github.com\/rhysd\/actionlint v//p' tools/actionlint/go.mod)
actionlint="${XDG_CACHE_HOME:-$HOME/.cache}/upkeep/actionlint-$version/actionlint"
if [ ! -x "$actionlint" ]; then
    command -v go >/dev/null || fail "Go is needed, once, to build actionlint $version"
    echo "building actionlint $version, once" >&2
    mkdir -p "${actionlint%/*}"
    # Built beside its place and moved there: an interrupted build leaves nothing that looks whole.
    (cd tools/actionlint && GOFLAGS="${GOFLAGS:-} -mod=readonly" GOWORK=off \
        go build -o "$actionlint.$$" github.com/rhysd/actionlint/cmd/actionlint) ||
        fail "actionlint $version does not build"
    mv "$actionlint.$$" "$actionlint"
fi

zizmor=.venv/bin/zizmor
[ -x "$zizmor" ] || zizmor=$(command -v zizmor) || fail "zizmor is missing: run make lint first"

# shellcheck and pyflakes are found on PATH where they happen to be; the result must not depend on it.
found=0
if [ $# -gt 0 ]; then
    "$actionlint" -shellcheck= -pyflakes= "$@" || found=1
else
    "$actionlint" -shellcheck= -pyflakes= || found=1
    # What applications copy.
    "$actionlint" -shellcheck= -pyflakes= examples/application/.github/workflows/*.yml || found=1
    set -- .github examples/application
fi
"$zizmor" --config .github/zizmor.yml --offline --no-progress --quiet --persona=pedantic --strict-collection "$@" || found=1
exit $found
