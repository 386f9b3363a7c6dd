// npm run setup: what npm start does before it trains. --retry forgets that native TensorFlow could not be had earlier.
import { main } from "./src/main.mjs";
import { forgetFailures } from "./src/native/native-tensorflow.mjs";
import { setUp } from "./src/set-up.mjs";

await main(async () => {
  if (process.argv.includes("--retry")) forgetFailures();
  await setUp();
  console.error("Everything is set up.");
  return 0;
});
