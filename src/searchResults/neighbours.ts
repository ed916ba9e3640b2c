/** The next (1) or previous (-1) of a list, around its ends. `from` -1: none yet; the first or last one then. */
export function neighbour<T>(list: readonly T[], from: number, step: 1 | -1): T | undefined {
  if (list.length === 0) return undefined;
  const start = from < 0 ? (step === 1 ? -1 : list.length) : from;
  return list[(start + step + list.length) % list.length];
}
