import { describeEnvs } from "@worldmodels/environments";
import { doctor } from "@worldmodels/setup";
import { Command } from "commander";
import { checkCompose } from "../cluster/compose-checks.js";
import type { Finding } from "../cluster/compose-checks.js";

/** `worldmodels doctor`: what is installed, what is missing, and how to get it. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .summary("what is installed, which backend trains, what is missing and how to get it")
    .option(
      "--compose",
      "what would keep the containers of compose.yaml in this folder from working; starts nothing",
      false,
    )
    .option("--json", "print JSON", false)
    .action(async (options: { readonly compose: boolean; readonly json: boolean }) => {
      if (options.compose) {
        await doctorOfContainers(options.json);
        return;
      }
      const findings = await doctor();
      const environments = describeEnvs();
      if (options.json) {
        console.log(JSON.stringify({ findings, environments }, null, 2));
        return;
      }
      show(findings, "MISSING");
      console.log("\nEnvironments:");
      for (const { id, doc } of environments) console.log(`  ${id.padEnd(14)} ${doc}`);
    });
}

/** Ends with exit code 1 where something is wrong: `worldmodels doctor --compose && docker compose up -d --wait`. */
async function doctorOfContainers(json: boolean): Promise<void> {
  const findings = await checkCompose();
  if (json) console.log(JSON.stringify({ findings }, null, 2));
  else show(findings, "WRONG  ");
  if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
}

function show(findings: readonly Finding[], bad: string): void {
  for (const { name, ok, detail, remedy } of findings) {
    console.log(`${ok ? "ok     " : bad}  ${name}: ${detail}`);
    if (remedy !== undefined) console.log(`         ${remedy}`);
  }
}
