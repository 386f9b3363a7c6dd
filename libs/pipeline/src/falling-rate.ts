/** A step size that falls from the first value to the final one along half a cosine. */
export function fallingRate(
  step: number,
  { first, final, steps }: { readonly first: number; readonly final: number; readonly steps: number },
): number {
  return final + ((first - final) * (1 + Math.cos((Math.PI * step) / steps))) / 2;
}
