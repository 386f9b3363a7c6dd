// npm start: sets everything up, then trains a first world model. Arguments after -- go to the training:
//   npm start -- --preset desk --seed 7
import { join } from "node:path";
import { main } from "./src/main.mjs";
import { repositoryRoot } from "./src/repository.mjs";
import { run } from "./src/run.mjs";
import { setUp } from "./src/set-up.mjs";

await main(async () => {
  const given = process.argv.slice(2);
  await setUp();
  const preset = given.some((word) => /^--preset(=|$)/.test(word)) ? [] : ["--preset", "quick"];
  const command = join(repositoryRoot, "tools", "cli", "dist", "main.js");
  const { code } = await run(process.execPath, [command, "train", "car-racing", ...preset, ...given], {
    output: "show",
  });
  return code;
});
