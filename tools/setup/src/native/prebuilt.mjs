import { cpSync, existsSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "../run.mjs";
import { repositoryRoot } from "../repository.mjs";
import { addonPath, napiVersion, tfjsNodeFolder, tfjsNodePackage } from "./layout.mjs";

const PROBE_TIMEOUT_MS = 4000;
const INSTALL_TIMEOUT_MS = 15 * 60_000;

/**
 * Native TensorFlow the ordinary way: tfjs-node's own install script, which downloads libtensorflow and the addon that
 * its authors built. It runs on a copy of the package, so that a killed download leaves node_modules as it was.
 *
 * @param {string} staging an empty folder, to receive `lib` and `deps`
 * @returns {Promise<string | undefined>} why it could not be done, or undefined where it was
 */
export async function installPrebuilt(staging) {
  const unreachable = await probePrebuilt();
  if (unreachable) return unreachable;
  for (const name of ["package.json", "scripts", "binding", "binding.gyp"]) {
    cpSync(join(tfjsNodeFolder(), name), join(staging, name), { recursive: true });
  }
  mkdirSync(join(staging, "lib"));
  const modules = join(repositoryRoot, "node_modules");
  const env = {
    ...process.env,
    // The copy lies outside of the repository, where Node would not find the script's own dependencies.
    NODE_PATH: [join(tfjsNodeFolder(), "node_modules"), modules].join(delimiter),
    PATH: [join(modules, ".bin"), process.env["PATH"]].join(delimiter),
  };
  const options = { cwd: staging, env, timeoutMs: INSTALL_TIMEOUT_MS };
  const { code, output } = await run(process.execPath, ["scripts/install.js"], options);
  if (code === 0 && existsSync(join(staging, addonPath()))) return undefined;
  return `tfjs-node's own install script failed (exit code ${code}): ${output.trim().split("\n").at(-1)}`;
}

/**
 * Asks for the prebuilt addon's headers, because an unreachable host would cost the install script minutes.
 *
 * @param {NodeJS.ProcessEnv} [environment] a proxy, or node-pre-gyp's variable for a mirror
 * @returns {Promise<string | undefined>} why the download will not work
 */
export async function probePrebuilt(environment = process.env) {
  // Node's fetch takes no notice of a proxy; the install script does, and fails at once where the proxy refuses.
  if (environment["HTTPS_PROXY"] ?? environment["https_proxy"]) return undefined;
  const { version, binary } = tfjsNodePackage();
  const host = environment["npm_config_tfjs_binding_binary_host_mirror"] ?? binary.host;
  const system = { linux: "linux", darwin: "darwin", win32: "windows" }[
    /** @type {"linux"} */ (process.platform)
  ];
  if (!system) return `there is no prebuilt TensorFlow for ${process.platform}`;
  const file = `CPU-${system}-${version}.${system === "windows" ? "zip" : "tar.gz"}`;
  const url = `${host}/napi-v${napiVersion()}/${version}/${file}`;
  try {
    const { ok, status } = await fetch(url, {
      method: "HEAD",
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    return ok ? undefined : `${url} answers ${status}`;
  } catch (error) {
    const { cause, message } = /** @type {Error & { cause?: { code?: string } }} */ (error);
    return `${new URL(url).host} cannot be reached (${cause?.code ?? message})`;
  }
}
