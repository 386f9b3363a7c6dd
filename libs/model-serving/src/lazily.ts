/** Something that is made when it is first asked for; a failure to make it is tried again the next time. */
export function lazily<T>(make: () => Promise<T>): {
  get(): Promise<T>;
  /** What was made, or undefined where nobody asked. */
  made(): Promise<T> | undefined;
} {
  let made: Promise<T> | undefined;
  return {
    get() {
      made ??= make().catch((error: unknown) => {
        made = undefined;
        throw error;
      });
      return made;
    },
    made: () => made,
  };
}
