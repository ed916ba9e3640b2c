import type { Skipped } from '../../../shared/search/answer';
import { hiddenNames } from '../../jsonl/listing';
import { Slice } from '../../jsonl/readBytes';
import {
  describeFile,
  type FileFacts,
  type FileIdentity,
  listSessionFiles,
  sameIdentity,
} from '../../jsonl/sessionFiles';
import { parseFileName } from '../../jsonl/sessionKeys';

/** A session file as it is at one moment. */
export interface Pin {
  readonly key: string;
  readonly facts: FileFacts;
}

export interface Pins {
  /** Newest first. */
  readonly files: readonly Pin[];
  readonly skipped: readonly Skipped[];
  /** All names in the folder, asked for or not. */
  readonly names: ReadonlySet<string>;
}

/** Nothing at all has been written since: a program that rewrites a file can give it its former size and time. */
export function isUntouched(a: FileIdentity, b: FileIdentity): boolean {
  return sameIdentity(a, b) && a.changedNs === b.changedNs;
}

/** Milliseconds since the epoch. */
export function timeOf({ identity }: FileFacts): number {
  return Number(identity.modifiedNs / 1_000_000n);
}

/** The files of the sessions that are asked for (undefined: all), and those that are none. Lets others work meanwhile. */
export async function pinSessions(
  folder: string,
  store: string,
  wanted: ((key: string) => boolean) | undefined,
): Promise<Pins> {
  const found = listSessionFiles(folder);
  const names = new Set(found);
  const skipped: Skipped[] = [];
  const skip = (key: string, code: string, message: string): void => void skipped.push({ store, key, code, message });
  for (const [name, { code, message }] of hiddenNames(found, names)) {
    const { key } = parseFileName(name) ?? { key: name };
    if (!wanted || wanted(key)) skip(key, code, message);
  }
  const files: Pin[] = [];
  const slice = new Slice();
  let calls = 0;
  for (const name of names) {
    if (calls++ % 16 === 0 && slice.isOver) await slice.rest();
    const { key } = parseFileName(name) ?? { key: name };
    if (wanted && !wanted(key)) continue;
    const facts = describeFile(folder, name);
    if (facts?.problem) skip(key, facts.problem.code, facts.problem.message);
    else if (facts) files.push({ key, facts });
  }
  files.sort((a, b) => newestFirst(a.facts, b.facts));
  return { files, skipped, names };
}

function newestFirst(a: FileFacts, b: FileFacts): number {
  const left = a.identity.modifiedNs;
  const right = b.identity.modifiedNs;
  if (left !== right) return left > right ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
