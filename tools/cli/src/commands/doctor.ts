import { Command } from "commander";

/** `worldmodels doctor`: what is installed, what is missing, and how to get it. */
export function doctorCommand(): Command {
  return new Command("doctor");
}
