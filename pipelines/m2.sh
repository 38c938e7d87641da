# Sourced by the scripts beside it: m2 is the one of this repository, built if need be, or of this package.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
m2() { node "$here/../dist/bin/m2.js" "$@"; }
[ -e "$here/../dist/bin/m2.js" ] || make -C "$here/.." build >&2
