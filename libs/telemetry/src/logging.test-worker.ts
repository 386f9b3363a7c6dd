// A process that keeps a log, for event-log.test.ts: argv says what it is, `service`, `job` or `none`.
import { Readable } from "node:stream";
import { inheritEventLog, jobProcessEnv, workerProcessEnv } from "./child-context.js";
import { logEvent, openEventLog } from "./event-log.js";
import { forwardOutput } from "./forward-output.js";

switch (process.argv[2]) {
  case "service":
    openEventLog({ service: "encoder" });
    logEvent("listening", { address: "here", nothing: undefined });
    process.stderr.write(
      JSON.stringify(jobProcessEnv({ job: "0123", run: undefined, trace: "abc" }, undefined)),
    );
    break;
  case "job":
    inheritEventLog("job");
    logEvent("begun", { stage: "encode" });
    process.stderr.write(JSON.stringify(workerProcessEnv()));
    break;
  case "worker":
    inheritEventLog("worker");
    logEvent("worker-ready");
    break;
  case "forward":
    openEventLog({ service: "encoder" });
    forwardOutput(
      Readable.from([
        '{"time":"2026-01-01T00:00:00.000Z","event":"begun"}\n',
        "Segmentation fault\n",
        "I0000 noise\n",
      ]),
      process.stderr,
      { job: "0123" },
    );
    break;
  default:
    logEvent("nobody hears this");
}
