#!/bin/sh
# Installs @tensorflow/tfjs-node where the host that its libtensorflow comes from cannot be reached: on the library
# inside Python's tensorflow-cpu wheel, which is a newer one with the same C interface.
#
#   pipelines/libtensorflow.sh [FOLDER]     FOLDER has the node_modules to install into; default: this repository
#
# Needs pip, Python 3, make and a C++ compiler. The package is not saved: `npm ci` removes it.
set -eu

folder=$(cd "${1:-$(dirname "$0")/..}" && pwd)
version=4.22.0
package=$folder/node_modules/@tensorflow/tfjs-node
wheel=$(mktemp -d)
trap 'rm -rf "$wheel"' EXIT

# tensorflow-cpu has no wheels for ARM, where tensorflow itself is the CPU's.
python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$wheel" tensorflow-cpu ||
  python3 -m pip download --quiet --no-deps --only-binary :all: --dest "$wheel" tensorflow
python3 -m zipfile -e "$wheel"/*.whl "$wheel"

cd "$folder"
# It is an optional peer of this project, which npm would otherwise leave out again.
npm install --no-save --save-peer --ignore-scripts --no-audit --no-fund "@tensorflow/tfjs-node@$version"

# Laid out as the package's own download would be, under the names that its binding is linked and loaded by.
mkdir -p "$package/deps/lib"
rm -rf "$package/deps/include"
mv "$wheel/tensorflow/include" "$package/deps/include"
mv "$wheel"/tensorflow/libtensorflow_cc.so.2 "$wheel"/tensorflow/libtensorflow_framework.so.2 "$package/deps/lib"
cd "$package/deps/lib"
for name in libtensorflow.so libtensorflow.so.2 libtensorflow.so.2.9.1; do ln -sf libtensorflow_cc.so.2 $name; done
ln -sf libtensorflow_framework.so.2 libtensorflow_framework.so

cd "$folder"
npm rebuild @tensorflow/tfjs-node
TF_CPP_MIN_LOG_LEVEL=2 node -e '
  const tf = require("@tensorflow/tfjs-node")
  console.log("tfjs-node computes with TensorFlow", tf.backend().binding.TF_Version)'
