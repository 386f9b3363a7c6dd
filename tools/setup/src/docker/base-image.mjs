import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { note, step } from "../progress.mjs";
import { run, runOrThrow } from "../run.mjs";
import { debianArchive } from "./plugins.mjs";

/** As the Dockerfile has it. */
export const BASE_IMAGE = "node:20-bookworm-slim";
const PULL_TIMEOUT_MS = 60_000;
/** What an image of this size has no use for. */
const DISPENSABLE = [
  ...["var/cache/apt", "var/lib/apt/lists", "var/log", "var/cache/debconf"],
  ...["usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/locale"],
];

/**
 * The image that ours are built on: the one that is there, else the ordinary one by its name, else one made here from
 * Debian's packages and this machine's own Node and npm.
 */
export async function ensureBaseImage() {
  if ((await run("docker", ["image", "inspect", BASE_IMAGE])).code === 0) return;
  const pulled = await step(`Fetching the base image ${BASE_IMAGE}`, () =>
    run("docker", ["pull", BASE_IMAGE], { timeoutMs: PULL_TIMEOUT_MS }),
  );
  if (pulled.code === 0) return;
  note(
    `${BASE_IMAGE} cannot be fetched (${pulled.output.trim().split("\n").at(-1)}); one like it is made here`,
  );
  if ((await run("debootstrap", ["--version"])).code !== 0) {
    await step("Installing debootstrap", () =>
      runOrThrow("apt-get", ["install", "--yes", "--no-install-recommends", "debootstrap"]),
    );
  }
  await step("Making a base image from Debian's packages", makeBaseImage);
}

async function makeBaseImage() {
  const parent = mkdtempSync(join(tmpdir(), "base-image-"));
  const root = join(parent, "root");
  try {
    const packages = "ca-certificates,libstdc++6";
    await runOrThrow("debootstrap", [
      "--variant=minbase",
      `--include=${packages}`,
      "bookworm",
      root,
      debianArchive(),
    ]);
    for (const name of DISPENSABLE) {
      rmSync(join(root, name), { recursive: true, force: true });
      mkdirSync(join(root, name), { recursive: true });
    }
    const modules = join(root, "usr/local/lib/node_modules");
    mkdirSync(modules, { recursive: true });
    cpSync(realpathSync(process.execPath), join(root, "usr/local/bin/node"));
    const npm = dirname(dirname(realpathSync((await runOrThrow("sh", ["-c", "command -v npm"])).trim())));
    cpSync(npm, join(modules, "npm"), { recursive: true });
    for (const name of ["npm", "npx"])
      symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(root, "usr/local/bin", name));
    const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    const archive = join(parent, "root.tar");
    await runOrThrow("tar", ["--directory", root, "--create", "--file", archive, "."]);
    await runOrThrow("docker", [
      "import",
      "--change",
      `ENV ${path}`,
      "--change",
      'CMD ["node"]',
      archive,
      BASE_IMAGE,
    ]);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}
