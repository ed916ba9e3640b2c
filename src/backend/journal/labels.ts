import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type StoreLocation, storeId } from '../../shared/session';
import { StoreError, systemErrorCode } from '../errors';

/** What we keep about a session outside its store. */
export interface Label {
  /** A name that the store cannot hold. */
  readonly name?: string;
  /** Never cleaned up. */
  readonly kept?: true;
}

type Labels = ReadonlyMap<string, Label>;
const NONE: Labels = new Map();

/**
 * Names and pins of sessions whose store has no place for them: one small file for each store in `labels/` of the data
 * folder. Writers hold the store's lock. Read again when the file has changed, by whichever window.
 */
export class LabelFiles {
  readonly #known = new Map<string, { readonly stamp: string; readonly labels: Labels }>();

  constructor(private readonly dataFolder: string | undefined) {}

  /** Labels of a store by session key. A file that cannot be read counts as none. */
  of(store: StoreLocation): Labels {
    const file = this.#file(store);
    if (file === undefined) return NONE;
    let stamp: string;
    try {
      const stat = fs.statSync(file, { bigint: true });
      stamp = `${stat.ino}:${stat.mtimeNs}:${stat.size}`;
    } catch {
      return NONE;
    }
    const known = this.#known.get(file);
    if (known?.stamp === stamp) return known.labels;
    const labels = readLabels(file) ?? NONE;
    this.#known.set(file, { stamp, labels });
    return labels;
  }

  /**
   * Rejects what depends on the labels while they cannot be read: a pinned session would be cleaned up, and the other names
   * lost when one is set. Throws `read-failed`.
   */
  requireReadable(store: StoreLocation): void {
    const file = this.#file(store);
    if (file === undefined || readLabels(file) !== null) return;
    const words = `The file with names and pins cannot be read: ${file}. Nothing was changed; make it readable, or move it away.`;
    throw new StoreError('read-failed', words);
  }

  /** Sets or (with `{}`) removes one label. Flushed before it returns. Throws system errors, and as `requireReadable`. */
  set(store: StoreLocation, key: string, label: Label): void {
    const file = this.#file(store);
    if (file === undefined) throw new Error('There is no data folder to keep the name in.');
    this.requireReadable(store);
    const labels = new Map(this.of(store));
    if (label.name === undefined && !label.kept) labels.delete(key);
    else labels.set(key, label);
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    // One name: who holds the store's lock is alone, and what a killed process has left is written over.
    const temporary = `${file}.tmp`;
    const text = JSON.stringify({ store: storeId(store), sessions: Object.fromEntries(labels) });
    const descriptor = fs.openSync(temporary, 'w', 0o600);
    try {
      fs.writeSync(descriptor, text);
      fs.fsyncSync(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, file);
    this.#known.delete(file);
  }

  #file(store: StoreLocation): string | undefined {
    if (this.dataFolder === undefined) return undefined;
    const name = crypto.createHash('sha256').update(storeId(store)).digest('hex').slice(0, 32);
    return path.join(this.dataFolder, 'labels', `${name}.json`);
  }
}

/** None where there is no file; `null` when it cannot be read. */
function readLabels(file: string): Labels | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return NONE;
    if (systemErrorCode(error) === undefined && !(error instanceof SyntaxError)) throw error;
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null || !('sessions' in parsed)) return null;
  const { sessions } = parsed;
  if (typeof sessions !== 'object' || sessions === null) return null;
  const labels = new Map<string, Label>();
  for (const [key, value] of Object.entries(sessions)) {
    const label = labelFrom(value);
    if (label) labels.set(key, label);
  }
  return labels;
}

function labelFrom(value: unknown): Label | null {
  if (typeof value !== 'object' || value === null) return null;
  const name = 'name' in value && typeof value.name === 'string' ? { name: value.name } : {};
  const kept = 'kept' in value && value.kept === true ? { kept: true as const } : {};
  return { ...name, ...kept };
}
