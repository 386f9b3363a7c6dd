import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { exitCode, run, runOrThrow } from "./run.mjs";

test("run gives the exit code and what was written on both streams", async () => {
  const script = "console.log('out'); console.error('err'); process.exitCode = 3";
  const { code, output } = await run(process.execPath, ["-e", script]);
  assert.equal(code, 3);
  assert.deepEqual(output.trim().split("\n").sort(), ["err", "out"]);
});

test("a program that does not exist is exit code 127, not a throw", async () => {
  assert.equal((await run("worldmodels-no-such-program", [])).code, 127);
});

test("runOrThrow's error shows the command, its exit code and the end of its output", async () => {
  await assert.rejects(
    runOrThrow(process.execPath, ["-e", "console.log('the reason'); process.exitCode = 5"]),
    /-e .*ended with exit code 5\nthe reason$/s,
  );
});

test("a program that ends by a signal counts as shells count it", () => {
  assert.deepEqual([exitCode(null, "SIGINT"), exitCode(null, "SIGTERM"), exitCode(0, null)], [130, 143, 0]);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`${signal} reaches the child once, and its exit code becomes the parent's`, async () => {
    // The child leaves with 40 + the number of signals it has had by the time its standard output is free again.
    const child = `
      let count = 0;
      process.on("${signal}", () => { count += 1; setImmediate(() => process.exit(40 + count)); });
      setInterval(() => {}, 1000);
      console.log("ready");`;
    const parent = `
      import { run } from ${JSON.stringify(new URL("run.mjs", import.meta.url).href)};
      await run(process.execPath, ["-e", ${JSON.stringify(child)}], { output: "show" });
      process.exit(99);`;
    const outer = spawn(process.execPath, ["--input-type=module", "-e", parent], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(outer.stdout, "data");
    outer.kill(signal);
    assert.deepEqual(await once(outer, "exit"), [41, null]);
  });
}
