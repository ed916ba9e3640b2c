import * as fs from 'node:fs';

/** Tells one file from another that has its name later; `none` when there is no such file. */
export function identityOf(file: string): string {
  const stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.dev}:${stat.ino}` : 'none';
}
