import type { SessionOrigin } from '../../shared/session';

const SUFFIX = '.jsonl';
const MIGRATED = '.jsonl.migrated';
const IMPORTING = '.jsonl.importing';
const OTHER_CHARACTER = /[^\p{Alphabetic}\p{N}_-]/gu;

/**
 * The name that zeroclaw gives to a key's file, without `.jsonl`: each character (not each UTF-16 unit) that is neither
 * alphanumeric as Rust's `char::is_alphanumeric` has it, nor `_` nor `-`, becomes one `_`. Observed on zeroclaw 0.6.9 to
 * 0.8.4. Not reversible: `a.b` and `a_b` share a file.
 */
export function sanitizeKey(key: string): string {
  return key.replace(OTHER_CHARACTER, '_');
}

/** File that zeroclaw reads and writes for a key. */
export function agentFileName(key: string): string {
  return sanitizeKey(key) + SUFFIX;
}

/** What a file name says about a session; `null` for files that are none (`.tmp*` is what a crashed rewrite leaves). */
export function parseFileName(name: string): { readonly key: string; readonly origin: SessionOrigin } | null {
  if (name.startsWith('.tmp')) return null;
  // The full name as the key: a live session of the same name has another one.
  if (name.endsWith(MIGRATED)) return { key: name, origin: 'migrated' };
  if (name.endsWith(IMPORTING)) return { key: name, origin: 'importing' };
  if (name.endsWith(SUFFIX)) return { key: name.slice(0, -SUFFIX.length), origin: 'live' };
  return null;
}

/** File names that may hold a key's session, the likeliest first. None of them leads out of the folder. */
export function candidateFileNames(key: string): string[] {
  const exact = isAside(key) ? [key, key + SUFFIX] : [key + SUFFIX];
  const names = exact.filter((name) => !/[/\\\0]/.test(name));
  const agent = agentFileName(key);
  return names.includes(agent) ? names : [...names, agent];
}

/** Whether a key is the full name of a file that zeroclaw's import has set aside. */
export function isAside(key: string): boolean {
  return key.endsWith(MIGRATED) || key.endsWith(IMPORTING);
}
