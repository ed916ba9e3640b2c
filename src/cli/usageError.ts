/** Wrong usage: exit status 2. */
export class UsageError extends Error {}

export function fail(message: string): never {
  throw new UsageError(message);
}

/** A whole number of at least `least`; `undefined` when none is given. */
export function whole(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(text) || Number(text) < least) {
    const bound = Number.isFinite(least) ? ` of ${least} or more` : '';
    fail(`${/^[A-Z]/.test(name) ? name : `--${name}`} takes a whole number${bound}, not "${text}".`);
  }
  return Number(text);
}

/** One of some words; `undefined` when none is given. */
export function oneOf<T extends string>(name: string, text: string | undefined, words: readonly T[]): T | undefined {
  if (text === undefined) return undefined;
  const found = words.find((word) => word === text);
  const list = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  return found ?? fail(`--${name} takes ${list}, not "${text}".`);
}
