import * as path from 'node:path';
import type { Direction, ReversalChoiceId } from '../../../shared/operations';
import { StoreError } from '../../errors';
import type { ItemRecorder, JournalItem } from '../../journal/Journal';
import type { BackendContext } from '../../SessionBackend';
import type { ChangeSide, EditOptions, EditReport, Reversal, SessionEdit, StoreWriter } from '../../StoreWriter';
import type { JsonlSessionStore } from '../JsonlSessionStore';
import { agentFileName, candidateFileNames, isAside } from '../sessionKeys';
import { applyAppend } from './appendEdit';
import { applyCreate, planCreate } from './createEdit';
import { applyDelete } from './deleteEdit';
import { type EditedFile, lookAt, openEdited, requireWritable, sizeOf } from './editedFile';
import { appendedBytes, countMessages, planLineEdit, reportOf, wholeNotes } from './editPlans';
import { recoverChange } from './recovery';
import { checkReversal, makeReversal, type ReversalContext } from './reversal';
import { applyCompaction, applyLineEdit, planCompaction } from './rewriteEdit';
import { settledEnd } from './settledEnd';
import { Replaced, throwIfAborted, writeError } from './writeErrors';
import { type EditContext, withFile } from './writerContext';

/** A file that the agent rewrites meanwhile is begun with again, this many times. */
const ATTEMPTS = 5;

type JsonlEdit = Exclude<SessionEdit, { kind: 'rename' | 'state' | 'repair' }>;

/**
 * The write side of a folder of zeroclaw's JSONL sessions. Safe beside agents that append to the same files and, at
 * 0.7.4 to 0.8.4, rewrite them in place or, later, replace them: what an agent adds at any moment is there afterwards,
 * once. Lines that stay are kept byte for byte. Memory does not depend on the size of a file.
 */
export class JsonlWriter implements StoreWriter {
  readonly #folder: string;

  constructor(
    reader: JsonlSessionStore,
    private readonly context: BackendContext,
  ) {
    this.#folder = path.resolve(reader.location.path);
  }

  async plan(edit: SessionEdit, options: EditOptions = {}): Promise<EditReport> {
    const supported = requireSupported(edit);
    return this.#inWords(edit.key, () => this.#plan(supported, options.signal));
  }

  async apply(edit: SessionEdit, recorder: ItemRecorder, options: EditOptions = {}): Promise<EditReport> {
    const supported = requireSupported(edit);
    const context: EditContext = {
      folder: this.#folder,
      key: edit.key,
      recorder,
      signal: options.signal,
      log: this.#log,
    };
    return this.#inWords(edit.key, async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          throwIfAborted(options.signal);
          return await this.#apply(supported, context);
        } catch (error) {
          if (!(error instanceof Replaced) || attempt === ATTEMPTS) throw error;
          recorder.discard();
        }
      }
    });
  }

  async check(item: JournalItem, direction: Direction): Promise<Reversal> {
    return this.#inWords(item.key, () => checkReversal(item, direction, this.#reversal));
  }

  async reverse(
    item: JournalItem,
    direction: Direction,
    choice?: ReversalChoiceId,
  ): Promise<{ readonly newKey?: string }> {
    return this.#inWords(item.key, () => makeReversal(item, direction, choice, this.#reversal));
  }

  async recover(item: JournalItem): Promise<ChangeSide> {
    return this.#inWords(item.key, () => recoverChange(item, this.#reversal));
  }

  async close(): Promise<void> {}

  async #plan(edit: JsonlEdit, signal: AbortSignal | undefined): Promise<EditReport> {
    const { kind, key } = edit;
    if (kind === 'create') {
      this.#newFile(key);
      return planCreate(edit, signal);
    }
    const live = this.#find(key);
    if (live === null) {
      if (kind !== 'append') throw this.#noSession(key);
      this.#newFile(key);
    }
    requireEditable(kind, live);
    const file = live === null ? null : openEdited(live);
    if (!file) return this.#appended(edit, null);
    return withFile(file, async () => {
      if (kind === 'append') return this.#appended(edit, file);
      if (kind === 'compact') return planCompaction(edit, file, signal);
      if (kind === 'delete') {
        const size = sizeOf(file.fd);
        return reportOf({ messages: await countMessages(file, size, signal), bytes: size });
      }
      return (await planLineEdit(edit, file, await settledEnd(file, signal), signal)).report;
    });
  }

  #appended(edit: JsonlEdit, file: EditedFile | null): EditReport {
    if (edit.kind !== 'append') throw this.#noSession(edit.key);
    const { role, content } = edit;
    const bytes = appendedBytes(file, file ? sizeOf(file.fd) : 0, role, content).length;
    return reportOf({ messages: 1, bytes, notes: wholeNotes(edit) });
  }

  async #apply(edit: JsonlEdit, context: EditContext): Promise<EditReport> {
    const { kind, key } = edit;
    const live = this.#find(key);
    if (kind === 'create') {
      const file = this.#newFile(key);
      requireWritable(this.#folder);
      return applyCreate(edit, file, context);
    }
    requireEditable(kind, live);
    if (live === null) {
      if (kind !== 'append') throw this.#noSession(key);
      const file = this.#newFile(key);
      requireWritable(this.#folder);
      return applyAppend(edit, file, null, context);
    }
    const file = openEdited(live);
    return withFile(file, async () => {
      requireWritable(this.#folder, live);
      switch (kind) {
        case 'append':
          return applyAppend(edit, live, file, context);
        case 'delete':
          return applyDelete(file, context, edit.idleBefore);
        case 'compact':
          return applyCompaction(edit, file, context);
        default:
          return applyLineEdit(edit, file, context);
      }
    });
  }

  /** The path of the file that holds a key's session, as the list shows it; `null` when there is none. */
  #find(key: string): string | null {
    requireKey(key);
    for (const name of candidateFileNames(key)) {
      const file = path.join(this.#folder, name);
      if (lookAt(file)) return file;
    }
    return null;
  }

  /** The path that zeroclaw gives to a new session. Throws `exists` when it is taken. */
  #newFile(key: string): string {
    requireKey(key);
    if (isAside(key)) throw new StoreError('invalid-key', `${key} is the name of an imported file, not a session key.`);
    const file = path.join(this.#folder, agentFileName(key));
    if (lookAt(file)) throw new StoreError('exists', `${file} exists already. Nothing was changed.`);
    return file;
  }

  #noSession(key: string): StoreError {
    const words = `There is no session ${key} in ${this.#folder}. It may have been deleted.`;
    return new StoreError('no-such-session', words);
  }

  async #inWords<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw writeError(error, path.join(this.#folder, agentFileName(key)));
    }
  }

  get #reversal(): ReversalContext {
    return { folder: this.#folder, log: this.#log };
  }

  readonly #log = (message: string): void => this.context.log('warning', message);
}

function requireSupported(edit: SessionEdit): JsonlEdit {
  if (edit.kind !== 'rename' && edit.kind !== 'state' && edit.kind !== 'repair') return edit;
  const what = edit.kind === 'rename' ? 'names' : edit.kind === 'state' ? 'states' : 'counts';
  throw new StoreError('unsupported', `A folder of JSONL files keeps no ${what} of sessions. Nothing was changed.`);
}

/** What zeroclaw's import has set aside is its rollback copy: it can be deleted, nothing else. */
function requireEditable(kind: JsonlEdit['kind'], live: string | null): void {
  if (live === null || kind === 'delete' || !isAside(live)) return;
  const words = `${path.basename(live)} was set aside by the agent's import into its database. It can be deleted, not edited; edit the session in the database.`;
  throw new StoreError('unsupported', words);
}

function requireKey(key: string): void {
  if (key !== '' && key !== '.' && key !== '..' && !/[/\\\0]/.test(key)) return;
  const words = `${JSON.stringify(key)} cannot be the name of a file. Nothing was changed; use letters, digits, - and _.`;
  throw new StoreError('invalid-key', words);
}
