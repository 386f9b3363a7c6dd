import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { repositoryRoot } from "./repository.mjs";
import { run } from "./run.mjs";

/** The generated files: what `npm run generate` writes. */
const GENERATED = join("proto", "src", "gen");
const DESCRIPTOR = join("proto", "descriptor.binpb");
/** The contracts that clients out there rely on; `npm run generate:baseline` moves it on, and nothing else does. */
const BASELINE = join("proto", "baseline.binpb");

/**
 * Whether the contracts are documented, formatted, understood by those who have the last ones, and what the generated files were
 * made of. Writes nothing below `root`.
 *
 * @param {string} [root] the folder of buf.yaml
 * @returns {Promise<import("./checks.mjs").Outcome>}
 */
export async function checkProtos(root = repositoryRoot) {
  const complaints = await Promise.all([lint(root), format(root), breaking(root), regenerated(root)]);
  const output = complaints.filter((text) => text !== "").join("\n\n");
  return { passed: output === "", output };
}

/** @param {string} root */
async function lint(root) {
  const { code, output } = await buf(root, ["lint", "."]);
  return code === 0 ? "" : `buf lint:\n${output.trimEnd()}`;
}

/** @param {string} root */
async function format(root) {
  const { code, output } = await buf(root, ["format", ".", "-d", "--exit-code"]);
  return code === 0 ? "" : `buf format (npx buf format -w mends it):\n${output.trimEnd()}`;
}

/** @param {string} root */
async function breaking(root) {
  if (!existsSync(join(root, BASELINE))) {
    return `${BASELINE} is missing: npm run generate:baseline makes it of the contracts as they are`;
  }
  const { code, output } = await buf(root, ["breaking", ".", "--against", BASELINE]);
  if (code === 0) return "";
  return `buf breaking: who has the last contracts would misread these. Give what is new a new number and name, and reserve what is
gone; where nobody has the last ones any more, npm run generate:baseline.\n${output.trimEnd()}`;
}

/** @param {string} root */
async function regenerated(root) {
  const folder = mkdtempSync(join(tmpdir(), "worldmodels-protos-"));
  try {
    const template = ["--template", "buf.gen.yaml", "--output", folder];
    const descriptor = ["-o", join(folder, DESCRIPTOR), "--as-file-descriptor-set", "--exclude-source-info"];
    const made = await buf(root, ["generate", ".", ...template]);
    if (made.code !== 0) return `buf generate:\n${made.output.trimEnd()}`;
    const built = await buf(root, ["build", ".", ...descriptor]);
    if (built.code !== 0) return `buf build:\n${built.output.trimEnd()}`;
    const names = new Set([root, folder].flatMap(generatedFiles));
    const complaints = [...names].sort().flatMap((name) => {
      const [committed, fresh] = [root, folder].map((place) => contentOf(join(place, name)));
      if (committed === undefined) return [`${name} is missing`];
      if (fresh === undefined) return [`${name} is made of no contract`];
      return committed.equals(fresh) ? [] : [`${name} is not what its contract makes`];
    });
    return complaints.length === 0 ? "" : `npm run generate mends:\n${complaints.join("\n")}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} root @returns {string[]} below the root */
function generatedFiles(root) {
  const top = join(root, GENERATED);
  const files = existsSync(top) ? readdirSync(top, { recursive: true, encoding: "utf8" }) : [];
  const paths = files.map((file) => join(top, file)).filter((path) => statSync(path).isFile());
  return [...paths.map((path) => relative(root, path)), DESCRIPTOR];
}

/** @param {string} path */
function contentOf(path) {
  return existsSync(path) ? readFileSync(path) : undefined;
}

/** @param {string} root @param {readonly string[]} args */
function buf(root, args) {
  const modules = join(repositoryRoot, "node_modules");
  // Where buf finds the generator.
  const path = [join(modules, ".bin"), process.env.PATH ?? ""].join(delimiter);
  const options = { cwd: root, env: { ...process.env, PATH: path } };
  return run(process.execPath, [join(modules, "@bufbuild", "buf", "bin", "buf"), ...args], options);
}
