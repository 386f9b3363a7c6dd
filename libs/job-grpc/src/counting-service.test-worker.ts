// A process that is a counting service, says that it listens, and waits to be killed; for remote-attempt.test.ts.
//   counting-service <folder>
import { startCountingService } from "./counting-service.test-helper.js";

await startCountingService(process.argv[2] ?? "");
process.stdout.write("listening\n");
// It ends with the test that started it, however that ends.
process.stdin.on("close", () => process.exit()).resume();
