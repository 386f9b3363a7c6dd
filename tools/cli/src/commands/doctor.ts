import { describeEnvs } from "@worldmodels/environments";
import { doctor } from "@worldmodels/setup";
import { Command } from "commander";

/** `worldmodels doctor`: what is installed, what is missing, and how to get it. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .summary("what is installed, which backend trains, what is missing and how to get it")
    .option("--json", "print JSON", false)
    .action(async (options: { readonly json: boolean }) => {
      const findings = await doctor();
      const environments = describeEnvs();
      if (options.json) {
        console.log(JSON.stringify({ findings, environments }, null, 2));
        return;
      }
      for (const { name, ok, detail, remedy } of findings) {
        console.log(`${ok ? "ok     " : "MISSING"}  ${name}: ${detail}`);
        if (remedy !== undefined) console.log(`         ${remedy}`);
      }
      console.log("\nEnvironments:");
      for (const { id, doc } of environments) console.log(`  ${id.padEnd(14)} ${doc}`);
    });
}
