// npm test: the same set-up as npm start, then every check. To run some: npm test -- --only lint,types
import { chooseChecks, runChecks } from "./src/checks.mjs";
import { main } from "./src/main.mjs";
import { setUp } from "./src/set-up.mjs";

await main(async () => {
  const checks = chooseChecks(process.argv.slice(2));
  await setUp({ build: false });
  return (await runChecks(checks)) ? 0 : 1;
});
