import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { note } from "./progress.mjs";

/**
 * Runs `work` while no other set-up on this machine holds `file`. A lock whose holder was killed is taken over.
 *
 * What the lock guards must survive without it all the same (built aside and renamed): two waiters that find the
 * same dead holder in the same instant may both go on.
 *
 * @template T
 * @param {string} file the lock file; its folder is made
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(file, work) {
  const own = JSON.stringify({ pid: process.pid, host: hostname() });
  mkdirSync(dirname(file), { recursive: true });
  for (let told = false; !tryCreate(file, own); told = true) {
    if (holderIsGone(file)) rmSync(file, { force: true });
    else {
      if (!told) note(`Waiting for another set-up to finish (it holds ${file})`);
      await delay(500);
    }
  }
  const release = () => {
    rmSync(file, { force: true });
  };
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

/** @param {string} file @param {string} text */
function tryCreate(file, text) {
  try {
    writeFileSync(file, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * @param {string} file
 * @returns {boolean} also for a lock that is half written or has just gone: the next attempt to create it decides
 */
function holderIsGone(file) {
  try {
    const { pid, host } = JSON.parse(readFileSync(file, "utf8"));
    // A home folder may be shared by machines; a process id of another one says nothing here.
    if (host !== hostname()) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code !== "EPERM";
  }
}
