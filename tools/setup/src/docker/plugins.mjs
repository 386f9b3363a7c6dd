import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { step } from "../progress.mjs";
import { run, runOrThrow } from "../run.mjs";

/** Of Debian 13: programs of Go that need nothing but libc, so that Debian 12, which has neither, runs them as well. */
const RELEASE = "trixie";
const PLUGINS = { compose: "docker-compose", buildx: "docker-buildx" };

/** Gives this user the plugins of Docker that are missing, from Debian's archive. Changes no source of packages. */
export async function installPlugins() {
  /** @type {string[]} */
  const missing = [];
  for (const [plugin, name] of Object.entries(PLUGINS)) {
    if ((await run("docker", [plugin, "version"])).code !== 0) missing.push(name);
  }
  if (missing.length === 0) return;
  await step(`Fetching ${missing.join(" and ")}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "docker-plugins-"));
    try {
      const options = aptOptions(folder);
      await runOrThrow("apt-get", [...options, "update"]);
      await runOrThrow("apt-get", [...options, "download", ...missing], { cwd: folder });
      const into = join(homedir(), ".docker", "cli-plugins");
      mkdirSync(into, { recursive: true });
      for (const file of readdirSync(folder).filter((name) => name.endsWith(".deb"))) {
        const unpacked = join(folder, `${file}.d`);
        await runOrThrow("dpkg-deb", ["--extract", join(folder, file), unpacked]);
        const plugins = join(unpacked, "usr", "libexec", "docker", "cli-plugins");
        for (const name of readdirSync(plugins)) copyFileSync(join(plugins, name), join(into, name));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

/**
 * A world of apt's own below `folder`, with the machine's archive and the other release.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function aptOptions(folder) {
  const list = join(folder, "sources.list");
  writeFileSync(
    list,
    `deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${debianArchive()} ${RELEASE} main\n`,
  );
  for (const name of ["lists/partial", "cache/archives/partial"])
    mkdirSync(join(folder, name), { recursive: true });
  return [
    `Dir::Etc::sourcelist=${list}`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::lists=${join(folder, "lists")}`,
    `Dir::Cache=${join(folder, "cache")}`,
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
}

/** @returns {string} the archive that this machine's own packages come from */
export function debianArchive() {
  const folder = "/etc/apt/sources.list.d";
  const files = ["/etc/apt/sources.list", ...readdirSync(folder).map((name) => join(folder, name))];
  for (const file of files) {
    let text = "";
    try {
      text = readFileSync(file, "utf8");
    } catch {
      continue;
    }
    const found = /^(?:URIs:|deb(?: \[[^\]]*\])?)\s+(\S+\/debian)\/?(?:\s|$)/m.exec(text);
    if (found?.[1]) return found[1];
  }
  throw new Error("no source of this machine's packages is an archive of Debian");
}
