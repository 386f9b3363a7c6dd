/** Longer paths, and longer names in them, are no file's on most systems. */
const LONGEST = 1024;
const LONGEST_NAME_BYTES = 255;

/**
 * What keeps a text from being the path of an artifact's file: it would lead out of the artifact's folder, or be another
 * file elsewhere.
 *
 * @returns a phrase that goes on after the path, or undefined where it is one
 */
export function faultOfPath(path: string): string | undefined {
  if (path.length > LONGEST) return `has ${path.length} characters; at most ${LONGEST} are allowed`;
  if (path.includes("\0")) return "has a NUL character";
  // On Windows it would separate folders.
  if (path.includes("\\")) return "has a backslash; folders are separated by /";
  if (path.startsWith("/")) return "is absolute; give it from the artifact's folder";
  const names = path.split("/");
  if (names.some((name) => name === "" || name === "." || name === "..")) {
    return 'has a part that is empty, "." or ".."';
  }
  const long = names.find((name) => Buffer.byteLength(name) > LONGEST_NAME_BYTES);
  if (long !== undefined) return `has a name of more than ${LONGEST_NAME_BYTES} bytes`;
  if (path === "artifact.json") return "is the manifest's own";
  return undefined;
}
