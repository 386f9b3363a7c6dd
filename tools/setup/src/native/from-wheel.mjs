import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, runOrThrow } from "../run.mjs";
import { step } from "../progress.mjs";
import { addonPath, requireFrom, tfjsNodeFolder, wheelFor } from "./layout.mjs";
import { repositoryRoot } from "../repository.mjs";

const UNPACK = join(dirname(fileURLToPath(import.meta.url)), "unpack-tensorflow.py");

/**
 * Native TensorFlow from Python's package index: the addon's sources are in the npm package and the libraries in
 * TensorFlow's wheel, so that a compiler is all it takes. Node-API's headers come from an npm package: a Node without
 * its include folder, as many a distribution's, will do.
 *
 * @param {string} staging an empty folder, to receive `lib` and `deps`
 * @returns {Promise<string | undefined>} why it could not be done, or undefined where it was
 */
export async function buildFromWheel(staging) {
  const wheel = wheelFor(process.arch);
  const problem = await wheelProblem();
  if (problem || !wheel) return problem;
  const [downloads, deps] = [join(staging, "downloads"), join(staging, "deps")];
  const sources = join(tfjsNodeFolder(), "binding");
  for (const folder of [downloads, deps, dirname(join(staging, addonPath()))])
    mkdirSync(folder, { recursive: true });

  const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
  // The wheel's Python version is of no account here, as nothing of it but the C libraries is used.
  const fixed = ["--only-binary=:all:", "--python-version", "3.11", "--implementation", "cp"];
  const platforms = ["manylinux_2_27", "manylinux_2_17"].flatMap((tag) => [
    "--platform",
    `${tag}_${machine}`,
  ]);
  const pip = [
    "-m",
    "pip",
    "download",
    "--quiet",
    "--disable-pip-version-check",
    "--no-cache-dir",
    "--no-deps",
  ];
  await step(`Downloading TensorFlow (${wheel}, 270 MB)`, async () => {
    const args = [...pip, ...fixed, ...platforms, "--dest", downloads, wheel];
    const { code, output } = await run("python3", args, { env: { ...process.env, TMPDIR: downloads } });
    if (code !== 0) throw new Error(`pip cannot download ${wheel} (${whyPipFailed(output)})`);
  });
  await step("Building tfjs-node's addon against it", async () => {
    const file = readdirSync(downloads).find((name) => name.endsWith(".whl"));
    if (!file) throw new Error(`pip left no wheel in ${downloads}`);
    await runOrThrow("python3", [UNPACK, join(downloads, file), sources, deps]);
    rmSync(downloads, { recursive: true });
    await compile(sources, deps, join(staging, addonPath()));
  });
  return undefined;
}

/**
 * @param {string} output of pip, whose last line says of any trouble with the network that there is no such package
 * @returns {string}
 */
function whyPipFailed(output) {
  if (/CERTIFICATE_VERIFY_FAILED/.test(output)) {
    return "the network's certificates are not known here; name a file of them in PIP_CERT, or in WORLDMODELS_BUILD_CA for images";
  }
  return output.trim().split("\n").at(-1) ?? "";
}

/** @returns {Promise<string | undefined>} what this machine lacks for it */
async function wheelProblem() {
  if (process.platform !== "linux" || !wheelFor(process.arch)) {
    return `it can be built on Linux (x64, arm64), and this is ${process.platform} ${process.arch}`;
  }
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  if (!report.header.glibcVersionRuntime)
    return "TensorFlow's libraries need glibc, and this Node runs on another libc";
  const tools = /** @type {const} */ ([
    ["g++", ["--version"], "g++"],
    ["python3", ["-m", "pip", "--version"], "python3 with pip"],
  ]);
  const answers = await Promise.all(tools.map(([command, args]) => run(command, args)));
  const missing = tools.filter((_, index) => answers[index]?.code !== 0).map(([, , name]) => name);
  if (missing.length === 0) return undefined;
  return `${missing.join(" and ")} cannot be run here (on Debian or Ubuntu: apt-get install g++ python3-pip)`;
}

/**
 * Compiles and links the addon, and meanwhile takes the symbol tables off the libraries (a quarter of their size).
 *
 * @param {string} sources tfjs-node's binding folder
 * @param {string} deps with `include` and `lib`
 * @param {string} addon the file to make
 */
async function compile(sources, deps, addon) {
  const headers = requireFrom(repositoryRoot)("node-api-headers").include_dir;
  const units = readdirSync(sources).filter((name) => name.endsWith(".cc"));
  const libraries = readdirSync(join(deps, "lib")).map((name) => join(deps, "lib", name));
  await Promise.all([
    runOrThrow("g++", [
      ...["-std=c++17", "-O2", "-fPIC", "-shared", "-DNAPI_VERSION=8"],
      ...["-I", headers, "-I", join(deps, "include")],
      ...units.map((name) => join(sources, name)),
      ...libraries,
      "-Wl,-rpath,$ORIGIN/../../deps/lib",
      ...["-o", addon],
    ]),
    ...libraries.map((library) => run("strip", ["--strip-unneeded", "-o", stripped(library), library])),
  ]).then(([, ...strips]) => {
    for (const [index, { code }] of strips.entries()) {
      const library = libraries[index] ?? "";
      // Without binutils' strip the libraries stay as they are: larger, and as good.
      if (code === 0) renameSync(stripped(library), library);
      else rmSync(stripped(library), { force: true });
    }
  });
  rmSync(join(deps, "include"), { recursive: true });
}

/** @param {string} library */
function stripped(library) {
  return `${library}.stripped`;
}
