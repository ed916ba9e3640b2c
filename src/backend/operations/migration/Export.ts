import * as fs from 'node:fs';
import * as path from 'node:path';
import { plural } from '../../../shared/format';
import type { OperationPlan, PlannedSession, SkippedSession } from '../../../shared/operations';
import type { SessionMetadata, StoreLocation } from '../../../shared/session';
import { labelOf } from '../../../shared/sessionState';
import { StoreError } from '../../errors';
import type { ItemRecorder } from '../../journal/Journal';
import { agentFileName, sanitizeKey } from '../../jsonl/sessionKeys';
import { throwIfAborted, writeError } from '../../jsonl/write/writeErrors';
import type { SessionBackend } from '../../SessionBackend';
import type { EditReport } from '../../StoreWriter';
import type { BatchOperation, OperationDeps, SessionOutcome } from '../BatchOperation';
import { planOf } from '../plans';
import { appendMissing } from './appendMissing';
import { ExportedMessages } from './exportedMessages';
import type { ExportRequest } from './openExport';
import { freeKey, IN_TARGET } from './placement';
import { closeSource, readSource } from './sourceFile';
import { there } from './staging';

const GONE = 'it does not exist (any more)';

/** Each session of a database becomes a JSONL file of zeroclaw's form, with its last activity as the file's time. */
export class Export implements BatchOperation {
  readonly stores: readonly StoreLocation[];
  /** Key in the target that was chosen for a session: two may have the same file name. */
  readonly #chosen = new Map<string, string>();

  constructor(
    private readonly request: ExportRequest,
    private readonly backend: SessionBackend,
    private readonly location: StoreLocation,
    private readonly deps: OperationDeps,
  ) {
    this.stores = [location];
  }

  async plan(signal?: AbortSignal): Promise<OperationPlan> {
    const all = await this.backend.listSessionsWithMetadata({ signal });
    const keys = this.request.keys && new Set(this.request.keys);
    const sessions: PlannedSession[] = [];
    const skipped: SkippedSession[] = [];
    this.#chosen.clear();
    for (const session of all) {
      const { key } = session;
      if (keys && !keys.delete(key)) continue;
      const label = labelOf(session);
      const place = await this.#place(key);
      if ('reason' in place) skipped.push({ key, label, reason: place.reason });
      else sessions.push(this.#planned(session, label, place));
    }
    for (const key of keys ?? []) skipped.push({ key, label: key, reason: GONE });
    const notes = fs.existsSync(this.location.path) ? [] : [`${this.location.path} will be created.`];
    return planOf('export', { sessions, skipped, notes: [...notes, 'The database stays as it is.'] });
  }

  #planned(
    { key, messageCount = 0, problems }: SessionMetadata,
    label: string,
    { targetKey, exists }: { readonly targetKey: string; readonly exists: boolean },
  ): PlannedSession {
    const notes: string[] = [];
    if (targetKey !== key) notes.push(`becomes ${targetKey}`);
    if (exists) notes.push('in the target already: only what is missing at its end is added');
    const unreadable = problems.filter(({ code }) => code === 'unreadable-row').length;
    if (unreadable > 0) notes.push(`${plural(unreadable, 'unreadable row')} are left out`);
    return { key, label, messages: messageCount, bytes: 0, notes, warnings: [] };
  }

  /** Where a session goes. The same for a key each time until the next plan. */
  async #place(
    key: string,
  ): Promise<{ readonly targetKey: string; readonly exists: boolean } | { readonly reason: string }> {
    const taken = (candidate: string): boolean => this.#isChosenByOther(candidate, key);
    const exists = (candidate: string): boolean => there(this.#file(candidate)) !== null;
    const known = this.#chosen.get(key);
    let targetKey = known ?? sanitizeKey(key);
    // Another session of the database has that file name too.
    for (let number = 2; taken(targetKey); number++) targetKey = `${sanitizeKey(key)}_${number}`;
    if (exists(targetKey)) {
      if (this.request.existing === 'skip') return { reason: IN_TARGET };
      if (this.request.existing === 'other-key') {
        targetKey = await freeKey(targetKey, async (candidate) => taken(candidate) || exists(candidate));
      }
    }
    this.#chosen.set(key, targetKey);
    return { targetKey, exists: exists(targetKey) };
  }

  #isChosenByOther(candidate: string, key: string): boolean {
    for (const [other, chosen] of this.#chosen) if (other !== key && chosen === candidate) return true;
    return false;
  }

  #file(targetKey: string): string {
    return path.join(this.location.path, agentFileName(targetKey));
  }

  async run({ key }: PlannedSession, recorder: ItemRecorder, signal?: AbortSignal): Promise<SessionOutcome> {
    const session = await this.backend.getSession(key);
    if (!session) return { kind: 'skipped', reason: GONE };
    throwIfAborted(signal);
    try {
      fs.mkdirSync(this.location.path, { recursive: true });
    } catch (error) {
      throw writeError(error, this.location.path);
    }
    const place = await this.#place(key);
    if ('reason' in place) return { kind: 'skipped', reason: place.reason };
    const { targetKey, exists } = place;
    const messages = await ExportedMessages.of(this.backend, key);
    const report = exists
      ? await appendMissing(this.location.path, targetKey, messages, recorder)
      : await this.#create(session, targetKey, messages, recorder, signal);
    if (typeof report === 'string') return { kind: 'skipped', reason: report };
    const hash = await messages.digest();
    if (!exists) await this.#verify(targetKey, hash, messages.total);
    this.#label(session, targetKey);
    return { kind: 'changed', report, ...(targetKey === key ? {} : { newKey: targetKey }), hash };
  }

  async #create(
    { lastActivity }: SessionMetadata,
    targetKey: string,
    messages: ExportedMessages,
    recorder: ItemRecorder,
    signal: AbortSignal | undefined,
  ): Promise<EditReport> {
    const { writer } = await this.deps.open(this.location);
    return writer.apply(
      { kind: 'create', key: targetKey, lastActivity, name: null, messages: () => messages.batches() },
      recorder,
      { signal },
    );
  }

  /** Reads the file back. */
  async #verify(targetKey: string, hash: string, total: number): Promise<void> {
    const file = this.#file(targetKey);
    const source = await readSource(file);
    try {
      if (source.count === total && (await source.digest) === hash) return;
    } finally {
      closeSource(source);
    }
    throw new StoreError(
      'write-failed',
      `What ${file} holds after the export is not what the database holds. Undo the export of this session and make it again.`,
    );
  }

  /** A name has no place in JSONL: it is kept in the data folder, and so is a pin. */
  #label({ key, name }: SessionMetadata, targetKey: string): void {
    const own = this.deps.labels.of(this.request.store).get(key);
    const wanted = name ?? own?.name;
    if (wanted === undefined && !own?.kept) return;
    if (this.deps.context.dataFolder === undefined) return;
    this.deps.labels.set(this.location, targetKey, {
      ...(wanted === undefined ? {} : { name: wanted }),
      ...(own?.kept ? { kept: true as const } : {}),
    });
  }
}
