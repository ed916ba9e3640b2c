import { plural } from '../../../shared/format';
import type { OperationPlan, PlannedSession } from '../../../shared/operations';
import type { StoreLocation } from '../../../shared/session';
import type { MigrateChange } from '../../journal/changes';
import type { ItemRecorder } from '../../journal/Journal';
import { sizeOf } from '../../jsonl/write/editedFile';
import { throwIfAborted, writeError } from '../../jsonl/write/writeErrors';
import type { BatchOperation, OperationDeps, SessionOutcome } from '../BatchOperation';
import { ensureDatabase } from './createDatabase';
import { ImportQueue } from './importQueue';
import type { Imported } from './importTogether';
import { GARBAGE, planMigration } from './migrationPlan';
import type { MigrateRequest } from './openMigration';
import { type Place, placeFor } from './placement';
import { closeSource, readSource, type Source } from './sourceFile';
import { isAsRead, SourceReader } from './sourceReader';
import { type Candidate, candidateOf, refusalOf } from './sources';
import { stage, there } from './staging';
import type { Target } from './target';
import { addLateRows, type Import, PlaceChanged, type StepHook } from './writeRows';

/** Files handed over are looked at for this long for what an agent adds that had them open: the last ones of so many. */
const WATCHED = 16;
const MOST_ATTEMPTS = 5;
/** Sessions that are migrated at the same time, at most, and bytes of their files. */
const MOST_TOGETHER = 16;
const FIRST_BYTES_TOGETHER = 1_000_000;
const MOST_BYTES_TOGETHER = 5_000_000;
/** Milliseconds of the write lock that are aimed at for them. */
const LOCK_TIME = 140;

interface Watched {
  readonly work: Import;
  source: Source;
}

/** One session at a time: staged, imported, read back, handed over. Every step can be undone or is completed after a crash. */
export class Migration implements BatchOperation {
  readonly stores: readonly StoreLocation[];
  #reader: SourceReader | undefined;
  readonly #queue = new ImportQueue();
  readonly #watched: Watched[] = [];
  readonly #done: Candidate[] = [];

  constructor(
    private readonly request: MigrateRequest,
    private readonly location: StoreLocation,
    private readonly target: Target,
    private readonly deps: OperationDeps,
    private readonly onStep: StepHook,
  ) {
    this.stores = [request.store, location];
  }

  /** Longest time for which the database's write lock was held, milliseconds. */
  get longestHold(): number {
    return this.target.connection.longestHold;
  }

  plan(signal?: AbortSignal): Promise<OperationPlan> {
    return planMigration(this.request, this.location, this.deps, 'full', signal);
  }

  /** Without reading the files: their turn does that. */
  async list(signal?: AbortSignal): Promise<OperationPlan> {
    const plan = await planMigration(this.request, this.location, this.deps, 'quick', signal);
    await this.#reader?.close();
    this.#reader = new SourceReader(
      plan.sessions.map(({ key }) => this.#file(candidateOf(this.request.store.path, key))),
    );
    return plan;
  }

  #file({ files, isLeftOver }: Candidate): string {
    return isLeftOver ? files.staged : files.live;
  }

  /** Several of the next ones are run at the same time: they share transactions and flushes of the disk. */
  together(sessions: readonly PlannedSession[], from: number): number {
    let count = 0;
    let bytes = 0;
    for (; count < MOST_TOGETHER; count++) {
      bytes += sessions[from + count]?.bytes ?? Number.POSITIVE_INFINITY;
      if (count > 0 && bytes > this.#bytesTogether()) break;
    }
    return count;
  }

  /** As many as this machine writes in the time that is aimed at, by the last ones. */
  #bytesTogether(): number {
    const { lastHold } = this.#queue;
    if (lastHold.bytes === 0) return FIRST_BYTES_TOGETHER;
    return Math.min(MOST_BYTES_TOGETHER, (lastHold.bytes / lastHold.milliseconds) * LOCK_TIME);
  }

  run(session: PlannedSession, recorder: ItemRecorder, signal?: AbortSignal): Promise<SessionOutcome> {
    return this.#queue.during(async () => {
      const candidate = candidateOf(this.request.store.path, session.key);
      const refusal = refusalOf(candidate);
      if (refusal !== undefined) return { kind: 'skipped', reason: refusal };
      throwIfAborted(signal);
      const file = this.#file(candidate);
      try {
        const source = await (this.#reader ? this.#reader.take(file) : readSource(file));
        return await this.#migrate(candidate, source, recorder, signal);
      } catch (error) {
        throw writeError(error, file);
      } finally {
        this.#reader?.readAhead();
      }
    });
  }

  async #migrate(
    candidate: Candidate,
    read: Source,
    recorder: ItemRecorder,
    signal: AbortSignal | undefined,
  ): Promise<SessionOutcome> {
    let source = read;
    let isKept = false;
    try {
      if (source.count === 0 && !source.isBlank) return { kind: 'skipped', reason: GARBAGE };
      ensureDatabase(this.target.library, this.target.file);
      const place = await this.#place(candidate, source);
      if (typeof place === 'string') return { kind: 'skipped', reason: place };
      throwIfAborted(signal);
      const change = this.#change(candidate, source, place);
      const { key, length, rows } = change;
      const started = recorder.start(change, { key, messages: rows, bytes: length, trashed: false });
      this.onStep('started');
      if (!candidate.isLeftOver) stage(candidate.files);
      this.onStep('staged');
      const { staged, migrated } = candidate.files;
      const now = there(staged) ? staged : migrated;
      if (!isAsRead(source.file, now)) {
        closeSource(source);
        source = await readSource(now);
      }
      const { work, imported } = await this.#import(this.#work(candidate, place), source);
      ({ source } = imported);
      // What another import has written goes back with ours: the file and its rows must not both be live.
      const written = work.place.hasReceipt ? { firstId: work.place.anchor } : imported.written;
      started.finish({ ...change, ...written, hash: source.hash, length: source.file.size });
      this.#pin(candidate.key, work.place.targetKey);
      this.#done.push(candidate);
      isKept = true;
      await this.#watch({ work, source });
      return outcomeOf(candidate, imported, work.place);
    } finally {
      if (!isKept) closeSource(source);
    }
  }

  #work({ files, key }: Candidate, place: Place): Import {
    const name = this.deps.labels.of(this.request.store).get(key)?.name ?? null;
    return { target: this.target, files, key, place, name, now: this.deps.context.now, onStep: this.onStep };
  }

  /** The import, with its place looked for anew when somebody has written to the very session meanwhile. */
  async #import(work: Import, source: Source): Promise<{ readonly work: Import; readonly imported: Imported }> {
    const { place: first, files, key } = work;
    let place = first;
    for (let attempt = 0; ; attempt++) {
      const now = { ...work, place };
      try {
        return { work: now, imported: await this.#queue.add({ work: now, source, earlier: null }) };
      } catch (error) {
        if (!(error instanceof PlaceChanged) || attempt === MOST_ATTEMPTS) throw error;
        const again = await this.#place({ files, key, isLeftOver: true }, source);
        if (typeof again === 'string' || again.targetKey !== first.targetKey) throw error;
        // What is in the journal must stay true. (A newer zeroclaw may have imported this very file.)
        if (!again.hasReceipt && again.existed !== first.existed) throw error;
        place = again;
      }
    }
  }

  #place({ files, key }: Candidate, source: Source): Promise<Place | string> {
    const isOtherFile = (other: string): boolean => there(`${files.folder}/${other}.jsonl`) !== null;
    return placeFor(this.target, files.name, key, source, this.request.existing, isOtherFile);
  }

  #change({ files, key }: Candidate, source: Source, place: Place): MigrateChange {
    const { targetKey, existed, metadataBefore, skip, hasReceipt } = place;
    return {
      kind: 'migrate',
      folder: this.request.store.path,
      file: files.name,
      database: this.location.path,
      key,
      targetKey,
      hash: source.hash,
      length: source.file.size,
      firstId: 0,
      lastId: 0,
      rows: hasReceipt ? source.count : source.count - skip,
      existed: existed && !hasReceipt,
      metadataBefore: hasReceipt ? null : metadataBefore,
    };
  }

  /** A session that is kept stays so under its new key. */
  #pin(key: string, targetKey: string): void {
    const label = this.deps.labels.of(this.request.store).get(key);
    if (!label?.kept) return;
    const { name } = this.deps.labels.of(this.location).get(targetKey) ?? {};
    this.deps.labels.set(this.location, targetKey, { ...(name === undefined ? {} : { name }), kept: true });
  }

  async #watch(watched: Watched): Promise<void> {
    this.#watched.push(watched);
    const oldest = this.#watched.length > WATCHED ? this.#watched.shift() : undefined;
    if (oldest) await this.#release(oldest);
  }

  /** An agent that had opened the file before it was staged may have written its line only now. */
  async #release({ work, source }: Watched): Promise<number> {
    try {
      if (sizeOf(source.file.fd) <= source.file.size || !there(work.files.migrated)) return 0;
      const now = await readSource(work.files.migrated);
      try {
        return (await addLateRows(work, now, source.count)).rows;
      } finally {
        closeSource(now);
      }
    } finally {
      closeSource(source);
    }
  }

  async finish(): Promise<readonly string[]> {
    let late = 0;
    for (const watched of this.#watched.splice(0)) late += await this.#release(watched);
    const notes = late > 0 ? [`${plural(late, 'message')} that the agent wrote meanwhile were taken in.`] : [];
    const again = this.#done.filter(({ files }) => there(files.live));
    const [first] = again;
    if (first) {
      notes.push(
        `The agent has gone on writing to ${first.files.name}${again.length > 1 ? ` and ${plural(again.length - 1, 'other file')}` : ''}: set session_backend to "sqlite", restart it, move ${first.files.name}.migrated away and migrate with the choice to append what is missing.`,
      );
    }
    return notes;
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    for (const { source } of this.#watched.splice(0)) closeSource(source);
    this.target.connection.close();
  }
}

function outcomeOf({ files }: Candidate, { written, source, hash, late }: Imported, place: Place): SessionOutcome {
  const notes: string[] = [];
  if (place.hasReceipt) notes.push('an interrupted import was ended: its messages were in the database already');
  else if (place.skip > 0) notes.push(`${plural(place.skip, 'message')} were there already`);
  if (late > 0) notes.push(`${plural(late, 'message')} came in meanwhile`);
  if (source.unreadable > 0) {
    notes.push(`${plural(source.unreadable, 'unreadable line')} stay in ${files.name}.migrated`);
  }
  return {
    kind: 'changed',
    report: {
      changed: true,
      messages: written.rows,
      bytes: source.file.size,
      notes,
      dropped: [],
      droppedCount: 0,
    },
    ...(place.targetKey === files.name.slice(0, -'.jsonl'.length) ? {} : { newKey: place.targetKey }),
    hash,
  };
}
