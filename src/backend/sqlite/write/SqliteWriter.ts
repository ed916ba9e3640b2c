import * as os from 'node:os';
import * as path from 'node:path';
import type { Direction, ReversalChoiceId } from '../../../shared/operations';
import type { StoreLocation } from '../../../shared/session';
import type { ItemRecorder, JournalItem } from '../../journal/Journal';
import type { BackendContext } from '../../SessionBackend';
import type { ChangeSide, EditOptions, EditReport, Reversal, SessionEdit, StoreWriter } from '../../StoreWriter';
import { loadSqlite, type SqliteLibrary } from '../binding';
import type { SqliteOptions } from '../SqliteSessionBackend';
import { Slices } from '../slices';
import { Creation } from './creation';
import { FIRST, isCurrent, makeDraft, NOTHING, record, reportOf, type Scope } from './draft';
import { type Drafted, draftOf, type Removal } from './edits';
import { type Maintenance, maintainDatabase, type Survey, surveyDatabase } from './maintenance';
import { Reverser } from './reversal';
import { rowSize } from './rowCodec';
import { agentIsWriting, checkSignal, pause, SessionAccess } from './sessionAccess';
import { removeInSteps } from './stepwise';
import { type Target, targetOf } from './targets';
import { wholeEdit, withWholeNote } from './wholeEdit';
import { WriteConnection } from './writeConnection';

export interface SqliteWriterOptions extends SqliteOptions {
  /** Lets go of the file wherever else this process has it open; a VACUUM needs it for itself. */
  readonly release?: () => Promise<void>;
}

/**
 * The journal is flushed before the write lock is asked for, so that no agent waits for our disk. Where the session has
 * changed in between this is begun anew, from this attempt on with the lock held while the journal is written.
 */
const firstWithLock = 2;
const mostAttempts = 25;
const mostLargeAttempts = 3;

/** The write side of zeroclaw's `sessions.db`. How it goes with a running agent: writeConnection.ts. */
export class SqliteWriter implements StoreWriter {
  readonly connection: WriteConnection;

  private constructor(
    readonly location: StoreLocation,
    private readonly context: BackendContext,
    private readonly library: SqliteLibrary,
    private readonly options: SqliteWriterOptions,
  ) {
    const { busyTimeout } = options;
    this.connection = new WriteConnection(location.path, { library, busyTimeout });
  }

  /** Rejects with `sqlite-unavailable` where SQLite cannot be loaded. The file is opened by the first change. */
  static async open(
    location: StoreLocation,
    context: BackendContext,
    options: SqliteWriterOptions = {},
  ): Promise<SqliteWriter> {
    return new SqliteWriter(location, context, await loadSqlite(options.bindingPath), options);
  }

  async plan(edit: SessionEdit, { signal }: EditOptions = {}): Promise<EditReport> {
    return withWholeNote(await this.#plan(wholeEdit(edit), signal), edit);
  }

  async #plan(edit: SessionEdit, signal: AbortSignal | undefined): Promise<EditReport> {
    const access = this.#access(edit.key);
    if (edit.kind === 'create') {
      const { count, bytes } = await new Creation(access, edit, this.context.now()).gather(signal);
      return reportOf(count, bytes);
    }
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const target = await targetOf(edit, (read) => access.read(read), signal);
      const drafted = await access.read((scope) => draftOf(scope, edit, target, false));
      if (drafted.kind === 'draft') return drafted.draft.report;
      if (drafted.kind === 'nothing') return { ...NOTHING, notes: [drafted.note] };
      if (drafted.kind === 'large') return measure(access, drafted.removal, target, signal);
    }
    throw agentIsWriting(edit.key);
  }

  async apply(edit: SessionEdit, recorder: ItemRecorder, { signal }: EditOptions = {}): Promise<EditReport> {
    checkSignal(signal);
    return withWholeNote(await this.#apply(wholeEdit(edit), recorder, signal), edit);
  }

  async #apply(edit: SessionEdit, recorder: ItemRecorder, signal: AbortSignal | undefined): Promise<EditReport> {
    const access = this.#access(edit.key);
    if (edit.kind === 'create') {
      const creation = new Creation(access, edit, this.context.now());
      const gathered = await creation.gather(signal);
      if (gathered.isLarge) return creation.inSteps(gathered, recorder, signal);
      const draft = (scope: Scope): Drafted => ({ kind: 'draft', draft: creation.draft(scope, gathered) });
      return this.#make(access, recorder, signal, async () => draft);
    }
    let target: Target | undefined;
    return this.#make(
      access,
      recorder,
      signal,
      async () => {
        target = await targetOf(edit, (read) => access.read(read), signal);
        return (scope) => draftOf(scope, edit, target, access.isPatient());
      },
      (removal) => removeInSteps(access, removal, target, recorder, signal),
    );
  }

  async check(item: JournalItem, direction: Direction): Promise<Reversal> {
    return this.#reverser(item, direction).check();
  }

  async reverse(
    item: JournalItem,
    direction: Direction,
    choice?: ReversalChoiceId,
  ): Promise<{ readonly newKey?: string }> {
    const newKey = await this.#reverser(item, direction).reverse(choice);
    return newKey === undefined ? {} : { newKey };
  }

  async recover(item: JournalItem): Promise<ChangeSide> {
    const isBackward = item.status === 'undoing' || item.status === 'done';
    return this.#reverser(item, isBackward ? 'undo' : 'redo').recover();
  }

  /** What "compact store" would find to do. */
  survey(signal?: AbortSignal): Promise<Survey> {
    return surveyDatabase(this.connection, signal);
  }

  /** Merges the full-text index, checks it and the database, and on request rewrites the file. */
  maintain({ vacuum }: { readonly vacuum: boolean }, signal?: AbortSignal): Promise<Maintenance> {
    const { library, context, options } = this;
    const copyFolder = context.dataFolder ? path.join(context.dataFolder, 'copies') : os.tmpdir();
    return maintainDatabase(this.connection, { library, vacuum, copyFolder, release: options.release, signal });
  }

  async close(): Promise<void> {
    this.connection.close();
  }

  #access(key: string): SessionAccess {
    return new SessionAccess(this.connection, key, this.context.now);
  }

  #reverser(item: JournalItem, direction: Direction): Reverser {
    return new Reverser(this.#access(item.key), item, direction);
  }

  /**
   * Drafts, journals and makes a change. `prepare` is asked before each attempt for what drafts it inside a transaction;
   * `large` takes over what is too big for one.
   */
  async #make(
    access: SessionAccess,
    recorder: ItemRecorder,
    signal: AbortSignal | undefined,
    prepare: () => Promise<(scope: Scope) => Drafted>,
    large?: (removal: Removal) => Promise<EditReport | 'moved'>,
  ): Promise<EditReport> {
    let larges = 0;
    for (let attempt = 0; attempt < mostAttempts; ) {
      if (attempt > 0) await pause(Math.random() * 4);
      checkSignal(signal);
      const draft = await prepare();
      const drafted =
        attempt < firstWithLock
          ? await this.#journalFirst(access, recorder, draft)
          : await this.#withLock(access, recorder, draft);
      switch (drafted.kind) {
        case 'draft':
          return drafted.draft.report;
        case 'nothing':
          return { ...NOTHING, notes: [drafted.note] };
        case 'half':
          await access.waitForHalf();
          continue;
        case 'large': {
          const report = await large?.(drafted.removal);
          if (report && report !== 'moved') return report;
          if (++larges >= mostLargeAttempts) throw agentIsWriting(access.name);
          continue;
        }
        case 'moved':
          attempt++;
      }
    }
    throw agentIsWriting(access.name);
  }

  async #journalFirst(
    access: SessionAccess,
    recorder: ItemRecorder,
    make: (scope: Scope) => Drafted,
  ): Promise<Drafted> {
    const { connection } = this;
    const { drafted, stamp } = await access.read((scope) => ({ drafted: make(scope), stamp: connection.stamp() }));
    if (drafted.kind !== 'draft') return drafted;
    const item = record(recorder, access.name, drafted.draft);
    const isMade = await access.change((scope) => {
      if (connection.stamp() !== stamp && !isCurrent(scope, drafted.draft)) return false;
      makeDraft(scope, drafted.draft);
      return true;
    });
    if (isMade) {
      item.finish();
      return drafted;
    }
    recorder.discard();
    return { kind: 'moved' };
  }

  async #withLock(access: SessionAccess, recorder: ItemRecorder, make: (scope: Scope) => Drafted): Promise<Drafted> {
    const { drafted, item } = await access.change((scope) => {
      const found = make(scope);
      if (found.kind !== 'draft') return { drafted: found };
      const started = record(recorder, access.name, found.draft);
      makeDraft(scope, found.draft);
      return { drafted: found, item: started };
    });
    item?.finish();
    return drafted;
  }
}

/** Messages and bytes of a removal that is too big to be drafted. */
async function measure(
  access: SessionAccess,
  { ids, notes, dropped }: Removal,
  target: Target | undefined,
  signal: AbortSignal | undefined,
): Promise<EditReport> {
  const slices = new Slices(signal);
  let count = 0;
  let bytes = 0;
  let after = FIRST;
  for (;;) {
    const from = count;
    const part = await access.read(({ messages, key }) => {
      if (ids === 'all') return messages.sizesAfter(key, after, 5000);
      const rows = ids.slice(from, from + 200).map((id) => messages.row(id));
      return { rows: rows.length, bytes: rows.reduce((sum, row) => sum + (row ? rowSize(row) : 0), 0), last: 0 };
    });
    if (part.rows === 0) return reportOf(count, bytes, notes, dropped, target?.droppedCount);
    count += part.rows;
    bytes += part.bytes;
    after = part.last;
    await slices.breathe();
  }
}
