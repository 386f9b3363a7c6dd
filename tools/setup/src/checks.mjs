import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { build, tsc } from "./build.mjs";
import { checkProtos } from "./check-protos.mjs";
import { ensureBaseImage } from "./docker/base-image.mjs";
import { ensureEngine } from "./docker/engine.mjs";
import { duration, note, verdict } from "./progress.mjs";
import { repositoryRoot } from "./repository.mjs";
import { exitCode, forwardSignals, run } from "./run.mjs";

/**
 * @typedef {object} Outcome
 * @property {boolean} passed
 * @property {string} output what to show of a check that failed
 * @property {readonly string[]} [closing] the test runner's closing lines ("ℹ tests 12", ...)
 */

/**
 * @typedef {object} Check
 * @property {string} name for --only
 * @property {string} title
 * @property {() => Promise<Outcome>} check
 */

/** The file whose tests prove that the lint rules bite. */
const LINT_FIXTURE = join("tools", "setup", "src", "lint-rules.test.ts");

/** @type {readonly Check[]} in the order they run: the quick ones first */
export const CHECKS = [
  {
    name: "format",
    title: "formatting (prettier)",
    check: () => tool("prettier/bin/prettier.cjs", ["--check", "."]),
  },
  {
    name: "protos",
    title: "contracts (buf lint, format and breaking; generated without a diff)",
    check: () => checkProtos(),
  },
  { name: "lint", title: "lint (eslint)", check: lint },
  { name: "types", title: "types (tsc, tests included)", check: types },
  {
    name: "references",
    title: "project references (nx sync:check)",
    check: () => tool("nx/dist/bin/nx.js", ["sync:check"]),
  },
  {
    name: "boundaries",
    title: "module boundaries and bans bite",
    check: () => runTests([LINT_FIXTURE], "keep"),
  },
  { name: "tests", title: "tests", check: tests },
  { name: "containers", title: "the system in containers, faults included", check: containers },
];

/**
 * @param {readonly string[]} args as `--only lint,types`
 * @returns {readonly Check[]}
 */
export function chooseChecks(args) {
  const names = CHECKS.map(({ name }) => name);
  const [option, ...values] = args.flatMap((word) => word.split(/[=,]/)).filter((word) => word !== "");
  if (option === undefined) return CHECKS;
  const unknown = option === "--only" ? values.find((value) => !names.includes(value)) : option;
  if (unknown !== undefined || values.length === 0) {
    throw new Error(
      `npm test knows only "--only" with some of ${names.join(",")}; it got "${args.join(" ")}".`,
    );
  }
  return CHECKS.filter(({ name }) => values.includes(name));
}

/**
 * Runs the checks one after another, all of them even where one fails, and says how each went.
 *
 * @param {readonly Check[]} checks
 * @returns {Promise<boolean>} whether all passed
 */
export async function runChecks(checks) {
  const lines = [];
  /** @type {string[]} */
  const failed = [];
  /** @type {readonly string[]} */
  let closing = [];
  for (const { name, title, check } of checks) {
    note(`${title} …`);
    const start = Date.now();
    const outcome = await check();
    if (!outcome.passed) failed.push(name);
    if (!outcome.passed && outcome.output) console.error(outcome.output.trimEnd());
    const line = /** @type {const} */ ([outcome.passed, `${title} (${duration(Date.now() - start)})`]);
    verdict(...line);
    lines.push(line);
    closing = addClosing(closing, outcome.closing ?? []);
  }
  console.error("");
  for (const line of lines) verdict(...line);
  if (failed.length > 0) console.error(`To run what failed again: npm test -- --only ${failed.join(",")}`);
  // The runner's own closing lines come last, where people and scripts look for them.
  for (const line of closing) console.log(line);
  return failed.length === 0;
}

/**
 * One runner's closing lines for two: its counts are added.
 *
 * @param {readonly string[]} earlier
 * @param {readonly string[]} later
 * @returns {readonly string[]}
 */
export function addClosing(earlier, later) {
  const numbers = new Map(earlier.map((line) => [countIn(line).name, countIn(line).count]));
  if (later.length === 0) return earlier;
  return later.map((line) => {
    const { name, count } = countIn(line);
    return line.replace(String(count), String(count + (numbers.get(name) ?? 0)));
  });
}

/** @param {string} line as "ℹ tests 12", coloured or not */
function countIn(line) {
  const [, name = "", count = ""] = /ℹ (\w+) ([\d.]+)/.exec(line) ?? [];
  return { name, count: Number(count) };
}

/** @param {string} path of a program below node_modules @param {readonly string[]} args @returns {Promise<Outcome>} */
async function tool(path, args) {
  // Without the daemon: it would outlive this command, and could answer from an old project graph.
  const env = { ...process.env, NX_DAEMON: "false" };
  const options = { cwd: repositoryRoot, env };
  const { code, output } = await run(process.execPath, [join("node_modules", path), ...args], options);
  return { passed: code === 0, output };
}

/** @returns {Promise<Outcome>} */
async function lint() {
  // Rules with types read the declarations that the command line's imports of set-up lead to, so these must be there.
  const failure = await compile();
  return failure ?? tool("eslint/bin/eslint.js", ["--max-warnings", "0", "."]);
}

/** @returns {Promise<Outcome>} */
async function types() {
  try {
    await tsc();
    return { passed: true, output: "" };
  } catch (error) {
    return { passed: false, output: /** @type {Error} */ (error).message };
  }
}

/** @returns {Promise<Outcome>} */
async function tests() {
  // The end-to-end tests run the compiled command line.
  const failure = await compile();
  return failure ?? runTests(["libs", "services", "tools", join("e2e", "src")], "show");
}

/** @returns {Promise<Outcome>} */
async function containers() {
  const failure = await compile();
  if (failure) return failure;
  try {
    const engine = await ensureEngine();
    try {
      await ensureBaseImage();
      return await runTests([join("e2e", "docker")], "show");
    } finally {
      await engine.stop();
    }
  } catch (error) {
    return { passed: false, output: /** @type {Error} */ (error).message };
  }
}

/** @returns {Promise<Outcome | undefined>} nothing where every package compiles */
async function compile() {
  try {
    await build();
    return undefined;
  } catch (error) {
    return { passed: false, output: /** @type {Error} */ (error).message };
  }
}

/**
 * @param {readonly string[]} places folders and files
 * @param {"show" | "keep"} output
 * @returns {Promise<Outcome>}
 */
function runTests(places, output) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join("tools", "setup", "run-tests.mjs"), ...places], {
      cwd: repositoryRoot,
      env: { ...process.env, ...(process.stdout.isTTY && { FORCE_COLOR: "1" }) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const forward = forwardSignals(child);
    /** @type {string[]} */
    const closing = [];
    /** @type {string[]} */
    const kept = [];
    createInterface({ input: child.stdout }).on("line", (line) => {
      // eslint-disable-next-line no-control-regex -- the colours that the runner writes at a terminal
      const plain = line.replace(/\u001b\[\d+m/g, "");
      if (/^ℹ (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /.test(plain)) closing.push(line);
      else if (output === "show") console.log(line);
      else kept.push(line);
    });
    child.once("close", (code, signal) => {
      forward.stop();
      if (forward.received) process.exit(exitCode(code, signal));
      resolve({ passed: code === 0, output: kept.join("\n"), ...(output === "show" && { closing }) });
    });
  });
}
