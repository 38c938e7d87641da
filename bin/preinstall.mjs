/** Run by npm before it installs m2: says what to type where onnxruntime-node's download of CUDA libraries would fail. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'

const { env, platform, arch } = process
const require = createRequire(import.meta.url)

if (downloads()) {
  const { index } = require('onnxruntime-node/script/install-metadata.js').feeds.nuget
  try {
    await fetch(index, { signal: AbortSignal.timeout(8000) })
  } catch {
    process.stderr.write(
      `m2 runs on onnxruntime-node, which would now download CUDA libraries, and ${new URL(index).host} cannot be reached. ` +
        'To install without them, type:\n\n' +
        '    ONNXRUNTIME_NODE_INSTALL=skip npm install --global m2-captioning\n\n' +
        'or set ONNXRUNTIME_NODE_INSTALL=skip for the command that you typed.\n',
    )
    process.exitCode = 1
  }
}

/** Whether onnxruntime-node's install script will download something; it does not for its own package alone. */
function downloads() {
  const checkout =
    env.npm_config_global !== 'true' && dirname(env.npm_package_json ?? '') === env.npm_config_local_prefix
  const proxied = env.HTTPS_PROXY ?? env.https_proxy ?? env.GLOBAL_AGENT_HTTPS_PROXY
  if (checkout || proxied || `${platform}/${arch}` !== 'linux/x64') return false
  try {
    return require('onnxruntime-node/script/install-utils.js').parseInstallFlag() !== false
  } catch {
    return false // a later version, which may not download
  }
}
