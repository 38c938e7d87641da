#!/usr/bin/env bash
# What more of the tests run with, none of it needed to use m2: a browser for the report, MPI, TensorFlow, other
# Nodes and npms, and Python packages whose results the tests compare with. Each step has its time limit; what cannot be had is skipped, saying so.
#
#   pipelines/extras.sh && . .cache/extras.env && make test
#
# Root is needed for Debian's packages alone; the Python packages go into .cache/python.
set -u
cd "$(dirname "$0")/.."
mkdir -p .cache
swiftshader=/usr/lib/chromium/vk_swiftshader_icd.json
log=.cache/extras.log
: > "$log"

# try SECONDS WHAT COMMAND...: runs it quietly; says what came of it.
try() {
  local limit=$1 what=$2 started=$SECONDS
  shift 2
  if timeout --kill-after=5 "$limit" "$@" < /dev/null >> "$log" 2>&1; then
    echo "ready    $what ($((SECONDS - started)) s)"
  else
    echo "SKIPPED  $what ($((SECONDS - started)) s; $log says why)"
    return 1
  fi
}

debian() {
  command -v apt-get > /dev/null || return 1
  local sudo=
  [ "$(id -u)" = 0 ] || sudo='sudo -n'
  export DEBIAN_FRONTEND=noninteractive
  # A list of packages that is there already is new enough.
  $sudo apt-get install -qq -y --no-install-recommends "$@" ||
    { $sudo apt-get update -qq && $sudo apt-get install -qq -y --no-install-recommends "$@"; }
}
export -f debian

python() {
  [ -x .cache/python/bin/python ] || python3 -m venv .cache/python || return 1
  .cache/python/bin/python -m pip install --quiet --disable-pip-version-check "$@"
}
export -f python

# Debian's packages and Python's come at the same time.
{
  command -v mpirun > /dev/null || try 60 'MPI, for data-parallel training' bash -c 'debian openmpi-bin libopenmpi-dev'
  command -v parallel > /dev/null && command -v fish > /dev/null && command -v zsh > /dev/null ||
    try 60 'GNU parallel, zsh and fish' bash -c 'debian parallel zsh fish'
  [ -e "${CHROMIUM:-/usr/bin/chromium}" ] || try 100 'Chromium, for the report' bash -c 'debian chromium'
  # Chromium brings SwiftShader, a Vulkan driver in software: with it WebGPU runs without a graphics card.
  [ ! -e "$swiftshader" ] || ldconfig -p 2>> "$log" | grep -q 'libvulkan\.so\.1' ||
    try 60 'the Vulkan loader, for WebGPU' bash -c 'debian libvulkan1'
} &
if python3 -c 'import venv, ensurepip' 2>> "$log"; then
  try 100 'Python packages: numpy, h5py, onnxruntime' bash -c 'python numpy h5py onnxruntime'
  try 60 "METEOR's data: pycocoevalcap" bash -c 'python --no-deps pycocoevalcap'
else
  echo 'SKIPPED  Python packages: no Python 3 with venv'
fi
wait

# Other Nodes, for the test that they train the same weights. npm's package `node` brings the binary in a package a
# platform, which needs no install script; this is that package.
platform=$(node -p '`node-${process.platform}-${process.arch}`')
for major in 24 26; do
  [ -x ".cache/nodes/$major/node_modules/$platform/bin/node" ] ||
    try 60 "Node $major" npm install --no-save --no-audit --no-fund --prefix ".cache/nodes/$major" "$platform@$major"
done

# Both npms that people have, for the test that the package installs.
for major in 11 12; do
  [ -e ".cache/npms/$major/node_modules/npm/bin/npm-cli.js" ] ||
    try 60 "npm $major" npm install --no-save --no-audit --no-fund --ignore-scripts --prefix ".cache/npms/$major" "npm@$major"
done

# tfjs-node on the library of Python's tensorflow, a download of 250 MB. npm ci would remove it, so it comes first.
if try 300 "m2's own packages" make --silent node_modules/.installed; then
  [ -e node_modules/@tensorflow/tfjs-node/deps/lib/libtensorflow.so.2 ] ||
    try "${TENSORFLOW_SECONDS:-90}" 'TensorFlow, for --engine tensorflow' pipelines/libtensorflow.sh
fi

# What the tests find them by.
nodes=
for node in "$PWD"/.cache/nodes/*/node_modules/"$platform"/bin/node; do
  [ ! -x "$node" ] || nodes=${nodes:+$nodes:}$node
done
{
  echo "export PATH=$PWD/.cache/python/bin:\$PATH"
  [ ! -x .cache/python/bin/python ] || echo "export M2_PYTHON=$PWD/.cache/python/bin/python VIRTUAL_ENV=$PWD/.cache/python"
  [ -z "$nodes" ] || echo "export M2_NODES=$nodes"
  [ ! -d .cache/npms ] || echo "export M2_NPMS=$(find "$PWD/.cache/npms" -path '*/[0-9]*/node_modules/npm/bin/npm-cli.js' | sort | paste -s -d : -)"
  browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
  if [ -e "$swiftshader" ] && [ -z "${VK_ICD_FILENAMES:-}" ] && ! [ -e /dev/dri ]; then
    mkdir -p .cache/runtime && chmod 700 .cache/runtime
    echo "export VK_ICD_FILENAMES=$swiftshader XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-$PWD/.cache/runtime}"
  fi
  [ -z "$browser" ] || echo "export CHROMIUM=$browser"
} > .cache/extras.env
exit 0
