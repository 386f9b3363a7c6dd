import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DomainError } from "@worldmodels/errors";
import type { ErrorCode } from "@worldmodels/errors";
import { parseFailure, parseHello } from "./parse-hello.js";
import type { Hello } from "./parse-hello.js";
import type { PreparedPython } from "./prepare-python.js";
import { encodeRequest, REPLY, ReplyReader, REQUEST } from "./wire.js";
import type { Reply } from "./wire.js";

const ENTRY = fileURLToPath(new URL("../python/main.py", import.meta.url));
/** Of standard output and error together, for error sentences. */
const KEPT_CHARACTERS = 8_000;
/** How long a child may take to end by itself when it is closed, and its guard to tidy up. */
const CLOSE_MS = 5_000;

/** A child has died, hung or answered nonsense: what it held is lost. Other errors of requests are DomainErrors. */
export class ChildLost extends Error {
  override readonly name = "ChildLost";
}

export interface ChildOptions {
  readonly python: PreparedPython;
  /** What the child's OPEN request says: the module, its settings, the number of slots. */
  readonly open: Readonly<Record<string, unknown>>;
  /** Whether the child moves to a core of its own, where one is free. */
  readonly pin: boolean;
  /** Longest wait for a reply, ms. */
  readonly timeoutMs: number;
}

/** A Python child that holds a group of slots. One request at a time. */
export interface PythonChild {
  readonly hello: Hello;
  /** Of the process that runs the environments. */
  readonly pid: number;
  /** Undefined while it lives and answers. */
  readonly lost: ChildLost | undefined;
  /**
   * @returns the reply, of the kind asked for
   * @throws ChildLost, or the DomainError that the child answers with
   */
  request(
    kind: number,
    replyKind: number,
    body: Uint8Array,
    head?: { mask?: number; rows?: number },
  ): Promise<Reply>;
  /** Gives it up for what it did, as a phrase; it is ended. */
  abandon(how: string): ChildLost;
  /** Ends it and everything that it started; resolves when nothing is left. May be repeated. */
  close(): Promise<void>;
}

/**
 * Starts a child and waits for its hello.
 *
 * @throws DomainError where it refuses what `open` asks for, or does not come to answer
 */
export async function startPythonChild(options: ChildOptions): Promise<PythonChild> {
  const folder = await makeFolder();
  const connection = new ChildConnection(options, folder);
  try {
    const body = Buffer.from(JSON.stringify({ ...options.open, pin: options.pin }));
    const reply = await connection.request(REQUEST.open, REPLY.hello, body);
    const hello = parseHello(reply.body);
    return Object.assign(connection, { hello, pid: hello.pid });
  } catch (error) {
    await connection.close();
    if (!(error instanceof ChildLost)) throw error;
    throw new DomainError("unavailable", error.message, { cause: error });
  }
}

async function makeFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), "worldmodels-python-"));
  } catch (error) {
    throw new DomainError(
      "resource-exhausted",
      `no temporary folder for a Python child can be made in ${tmpdir()}: ${messageOf(error)}; make room, or set TMPDIR`,
      { cause: error },
    );
  }
}

interface Waiter {
  readonly sequence: number;
  readonly kind: number;
  readonly deadlineMs: number;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

class ChildConnection {
  lost: ChildLost | undefined;
  readonly #process: ChildProcess;
  readonly #requests: Socket;
  readonly #replies: Socket;
  readonly #folder: string;
  readonly #name: string;
  readonly #python: PreparedPython;
  readonly #timeoutMs: number;
  readonly #reader = new ReplyReader();
  readonly #ended: Promise<void>;
  /** Looks for a reply that is overdue; cheaper than a timer for each request. While one is under way, it keeps this process alive. */
  readonly #watch: NodeJS.Timeout;
  #sequence = 0;
  #waiter: Waiter | undefined;
  #output = "";
  #closing: Promise<void> | undefined;

  constructor({ python, open, timeoutMs }: ChildOptions, folder: string) {
    this.#folder = folder;
    this.#python = python;
    this.#timeoutMs = timeoutMs;
    this.#name = `the Python child of ${String(open["name"])}`;
    this.#process = spawn(python.executable, ["-I", "-B", ENTRY], {
      cwd: folder,
      env: childEnvironment(),
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
    });
    const [, , , requests, replies] = this.#process.stdio;
    this.#requests = requests as Socket;
    this.#replies = replies as Socket;
    this.#ended = new Promise((resolve) => {
      this.#process.once("error", (error) => {
        this.#lose(`cannot be started: ${error.message}`);
        resolve();
      });
      // All that it has said has come by then.
      this.#process.once("close", (code, signal) => {
        this.#lose(signal === null ? `ended with exit code ${code ?? "unknown"}` : `was killed by ${signal}`);
        resolve();
      });
    });
    this.#replies.on("data", (piece: Buffer) => {
      const nonsense = this.#reader.push(piece, (reply) => {
        this.#receive(reply);
      });
      if (nonsense !== undefined) this.#lose(`answered nonsense (${nonsense})`);
    });
    this.#requests.resume();
    for (const socket of [this.#requests, this.#replies]) {
      // A child that is gone shows in `exit`; a broken pipe says nothing more.
      socket.on("error", () => undefined);
      socket.unref();
    }
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-KEPT_CHARACTERS);
      });
      (stream as Socket | null)?.unref();
    }
    this.#process.unref();
    this.#watch = setInterval(
      () => {
        if (this.#waiter && performance.now() > this.#waiter.deadlineMs) {
          this.#lose(`gave no answer within ${timeoutMs / 1000} s`);
        }
      },
      Math.min(1_000, timeoutMs / 4),
    ).unref();
  }

  request(
    kind: number,
    replyKind: number,
    body: Uint8Array,
    head: { mask?: number; rows?: number } = {},
  ): Promise<Reply> {
    if (this.lost) return Promise.reject(this.lost);
    const sequence = ++this.#sequence;
    return new Promise((resolve, reject) => {
      const deadlineMs = performance.now() + this.#timeoutMs;
      this.#waiter = { sequence, kind: replyKind, deadlineMs, resolve, reject };
      this.#watch.ref();
      this.#requests.write(encodeRequest(kind, sequence, body, head));
    });
  }

  abandon(how: string): ChildLost {
    return this.#lose(how);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (!this.lost) {
      try {
        await within(CLOSE_MS, this.request(REQUEST.close, REPLY.done, new Uint8Array()));
      } catch {
        // It is ended the other way, below.
      }
    }
    this.#lose("was closed");
    await this.#end();
  }

  #receive(reply: Reply): void {
    const waiter = this.#waiter;
    if (waiter === undefined || reply.sequence !== waiter.sequence) {
      this.#lose("answered what nobody asked");
      return;
    }
    if (reply.kind === REPLY.failed) {
      const { code, message } = parseFailure(reply.body);
      if (code === "bug") {
        this.#lose(`failed: ${message}`);
        return;
      }
      this.#takeWaiter()?.reject(this.#domainError(code, message));
    } else if (reply.kind === waiter.kind) {
      this.#takeWaiter()?.resolve(reply);
    } else this.#lose(`answered nonsense (a message of kind ${reply.kind})`);
  }

  #domainError(code: ErrorCode, message: string): DomainError {
    const remedy = message.includes("cannot be imported")
      ? `; delete the folder ${this.#python.folder}, and it is made anew`
      : "";
    return new DomainError(code, message + remedy);
  }

  /** Notes that nothing more can come, tells who waits, and begins to end what is left. */
  #lose(how: string): ChildLost {
    if (this.lost) return this.lost;
    const lost = new ChildLost(`${this.#name} ${how}${this.#lastWords()}`);
    this.lost = lost;
    this.#takeWaiter()?.reject(lost);
    clearInterval(this.#watch);
    void this.#end();
    return lost;
  }

  #takeWaiter(): Waiter | undefined {
    const waiter = this.#waiter;
    this.#waiter = undefined;
    this.#watch.unref();
    return waiter;
  }

  #lastWords(): string {
    const line = this.#output.trim().split("\n").at(-1)?.trim();
    return line ? `; its last line of output: ${line.slice(0, 300)}` : "";
  }

  /** Closing the requests makes the guard kill everything and remove the folder. */
  async #end(): Promise<void> {
    this.#requests.destroy();
    this.#replies.destroy();
    const timer = setTimeout(() => {
      this.#process.kill("SIGKILL");
    }, CLOSE_MS);
    await this.#ended;
    clearTimeout(timer);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      resolve(undefined);
    }, timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** One thread for numpy, and no window, sound or greeting of pygame. */
function childEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    OPENBLAS_NUM_THREADS: "1",
    OMP_NUM_THREADS: "1",
    SDL_VIDEODRIVER: "dummy",
    SDL_AUDIODRIVER: "dummy",
    PYGAME_HIDE_SUPPORT_PROMPT: "1",
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
