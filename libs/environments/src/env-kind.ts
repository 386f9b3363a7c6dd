import type { SettingsSchema } from "@worldmodels/config";
import type { ActionBounds, Engine, EnvScheme } from "@worldmodels/env";

/** What is asked of a kind: the parts of a URI, and settings that have been checked against its schema. */
export interface EngineRequest {
  /** The URI's id: for a dream its run. */
  readonly id: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly numEnvs: number;
  /** Child processes that share the slots, for kinds that have some; default: the kind's choice. */
  readonly processes?: number | undefined;
}

/** One kind of environment that this process can make. */
export interface EnvKind {
  readonly scheme: EnvScheme;
  /** Its name in help pages: an id as it is asked for, or a form like `dream:RUN`. */
  readonly id: string;
  /** One sentence for `--help`. */
  readonly doc: string;
  readonly settings: SettingsSchema;
  /** Whether names that the schema does not have are handed on as text, for the environment itself to judge. */
  readonly takesOtherSettings?: boolean;
  /** What becomes of finite actions out of bounds where the caller says nothing. */
  readonly actionBounds: ActionBounds;
  /** @throws DomainError `invalid-argument` for more slots than the kind allows, or fewer than 1 */
  readonly createEngine: (request: EngineRequest) => Promise<Engine>;
}
