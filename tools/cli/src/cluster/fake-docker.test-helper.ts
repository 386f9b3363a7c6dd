import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** Puts a program in the place of docker. */
export function fakeDocker(t: TestContext, script: string): void {
  const folder = mkdtempSync(join(tmpdir(), "wm-docker-"));
  const { PATH } = process.env;
  t.after(() => {
    process.env["PATH"] = PATH;
    rmSync(folder, { recursive: true });
  });
  writeFileSync(join(folder, "docker"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "docker"), 0o755);
  process.env["PATH"] = `${folder}:${PATH}`;
}
