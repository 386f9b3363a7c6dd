// A process that takes the folder of its argument, says so, and waits to be killed; for run-lock.test.ts.
import { lockFolder } from "./run-lock.js";

await lockFolder(process.argv[2] ?? "");
process.stdout.write("locked\n");
process.stdin.resume();
