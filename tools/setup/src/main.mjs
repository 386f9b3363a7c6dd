/**
 * Runs a program of set-up: its exit code is the process's, and an error is a sentence, not a stack.
 *
 * @param {() => Promise<number>} program
 */
export async function main(program) {
  try {
    process.exitCode = await program();
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
