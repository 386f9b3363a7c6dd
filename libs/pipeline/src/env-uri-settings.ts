import { formatEnvUri, parseEnvUri } from "@worldmodels/env";

/** The same environment with one setting changed in its URI's query. */
export function withEnvSetting(uri: string, key: string, value: number | string): string {
  const parsed = parseEnvUri(uri);
  return formatEnvUri({ ...parsed, settings: { ...parsed.settings, [key]: String(value) } });
}
