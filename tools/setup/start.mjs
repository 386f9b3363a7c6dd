// npm start: sets everything up, then trains a first world model. Arguments after -- go to the training:
//   npm start -- --preset desk --seed 7
import { main } from "./src/main.mjs";
import { setUpAndRun } from "./src/set-up-and-run.mjs";

await main(() => {
  const given = process.argv.slice(2);
  const preset = given.some((word) => /^--preset(=|$)/.test(word)) ? [] : ["--preset", "quick"];
  return setUpAndRun(["train", "car-racing", ...preset, ...given]);
});
