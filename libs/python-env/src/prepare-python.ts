import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DomainError } from "@worldmodels/errors";
import { cacheFolder, note, withLock } from "@worldmodels/setup";

/** The Python packages that a child may be made for, each with a file of pinned requirements. */
export type PythonModule = "vizdoom" | "gymnasium";

/** A Python with a module's packages, and the folder that it lies in. */
export interface PreparedPython {
  readonly executable: string;
  readonly folder: string;
}

/** As `python/requirements/vizdoom.txt` has them. */
const requirementsFile = (module: PythonModule): string =>
  fileURLToPath(new URL(`../python/requirements/${module}.txt`, import.meta.url));

const OLDEST = [3, 11] as const;
/** Written last, so that a folder without it is one whose making was cut off. */
const MARKER = "complete.json";

const prepared = new Map<PythonModule, Promise<PreparedPython>>();

/**
 * The Python that runs a module's environments. Its virtual environment is made in the cache folder when it is first asked
 * for, which takes some seconds and the network, and says so on standard error; a killed making is begun anew.
 *
 * @throws DomainError `failed-precondition` where Python, its venv or pip are missing or too old; `unavailable` where pip
 *   cannot get the packages
 */
export function preparePython(module: PythonModule): Promise<PreparedPython> {
  let promise = prepared.get(module);
  if (promise === undefined) {
    promise = findOrMake(module, process.env);
    prepared.set(module, promise);
    // What failed may be put right and asked for again.
    promise.catch(() => prepared.delete(module));
  }
  return promise;
}

/** As `preparePython`, with nothing remembered. The variables PATH, WORLDMODELS_CACHE and XDG_CACHE_HOME count. */
export async function findOrMake(
  module: PythonModule,
  environment: NodeJS.ProcessEnv,
): Promise<PreparedPython> {
  const requirements = requirementsFile(module);
  const version = await pythonVersion(module, environment);
  const digest = createHash("sha256")
    .update(`${version}\n${readFileSync(requirements, "utf8")}`)
    .digest("hex")
    .slice(0, 16);
  const folder = join(cacheFolder(environment), "python", `${module}-${digest}`);
  const python = { executable: join(folder, "bin", "python"), folder };
  if (isComplete(folder)) return python;
  const lock = join(cacheFolder(environment), "locks", `python-${module}-${digest}.lock`);
  await withLock(lock, async () => {
    if (isComplete(folder)) return;
    note(`Making the Python environment of ${module} in ${folder} (once; its packages are downloaded) …`);
    await make(module, folder, requirements, environment);
    note(`The Python environment of ${module} is ready.`);
  });
  return python;
}

function isComplete(folder: string): boolean {
  try {
    readFileSync(join(folder, MARKER));
    return true;
  } catch {
    return false;
  }
}

/** A virtual environment cannot be moved, so it is made in its place, and marked as whole at the end. */
async function make(
  module: PythonModule,
  folder: string,
  requirements: string,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const executable = join(folder, "bin", "python");
  const venv = await run("python3", ["-m", "venv", folder], environment);
  if (venv.code !== 0) {
    await rm(folder, { recursive: true, force: true });
    throw new DomainError(
      "failed-precondition",
      `${module} needs a virtual environment, and python3 -m venv fails: ${lastLine(venv.output)}; ` +
        "install Python's venv and pip (on Debian or Ubuntu: apt-get install python3-venv)",
    );
  }
  const pip = await run(
    executable,
    ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet", "-r", requirements],
    environment,
  );
  if (pip.code !== 0) {
    await rm(folder, { recursive: true, force: true });
    throw new DomainError(
      "unavailable",
      `the Python packages of ${module} cannot be installed: ${whyPipFailed(pip.output)}`,
    );
  }
  const partial = join(folder, `${MARKER}.partial`);
  await writeFile(partial, readFileSync(requirements));
  await rename(partial, join(folder, MARKER));
}

async function pythonVersion(module: PythonModule, environment: NodeJS.ProcessEnv): Promise<string> {
  const install = `install Python ${OLDEST.join(".")} or later with venv and pip`;
  const script = "import sys; print('%d.%d.%d' % sys.version_info[:3], sys.executable)";
  const { code, output } = await run("python3", ["-I", "-c", script], environment);
  const found = /^(\d+)\.(\d+)\.\d+ /.exec(output);
  if (code !== 0 || !found) {
    throw new DomainError(
      "failed-precondition",
      `${module} needs Python, and python3 cannot be run (${lastLine(output)}); ${install}`,
    );
  }
  const [major, minor] = [Number(found[1]), Number(found[2])];
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new DomainError(
      "failed-precondition",
      `${module} needs Python ${OLDEST.join(".")} or later, and python3 is ${major}.${minor}; ${install}`,
    );
  }
  return output.trim();
}

function whyPipFailed(output: string): string {
  // Otherwise pip says at its end that there is no such package.
  if (!output.includes("CERTIFICATE_VERIFY_FAILED")) return lastLine(output);
  return "the network's certificates are not known here; name a file of them in PIP_CERT, or in WORLDMODELS_BUILD_CA for images";
}

function lastLine(output: string): string {
  const lines = output.trim().split("\n");
  // pip's own last line may be a hint; what went wrong is in its last error.
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? "").trim();
}

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    let output = "";
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output = (output + text).slice(-20_000);
      });
    }
    child.once("error", (error) => {
      resolve({ code: 127, output: error.message });
    });
    child.once("close", (code) => {
      resolve({ code, output });
    });
  });
}
