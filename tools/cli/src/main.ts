#!/usr/bin/env node
import { startTracing, stopTracing } from "@worldmodels/telemetry";
import { reportError } from "./exit-codes.js";
import { createProgram } from "./program.js";

try {
  const program = createProgram();
  const version = program.version() ?? "unknown";
  await startTracing({ service: "worldmodels", version, onTrouble: (sentence) => console.error(sentence) });
  await program.parseAsync(process.argv);
} catch (error) {
  process.exitCode = reportError(error);
} finally {
  await stopTracing();
}
