import { StoreError } from '../../errors';
import type { MetadataRow } from '../../journal/changes';
import type { ItemRecorder } from '../../journal/Journal';
import type { EditReport, NewMessage, SessionEdit } from '../../StoreWriter';
import { wholeText } from '../../wholeText';
import { keyParameter } from '../keys';
import { changeOf, type Draft, isStepwise, reportOf, type Scope } from './draft';
import { keyValue } from './metadataTable';
import { rowHash, rowLine, rowSize, type StoredRow } from './rowCodec';
import { agentIsWriting, checkSignal, type SessionAccess } from './sessionAccess';
import { chronoNow, chronoOf } from './writeTimes';

export type CreateEdit = Extract<SessionEdit, { kind: 'create' }>;

/** Ids left free before those of a big new session, for what agents append until its first step. */
const SLACK = 1000;
const STEP = { rows: 200, bytes: 200_000 };

/** What is known of a new session when all of its messages have been seen once. */
interface Gathered {
  /** All messages; empty when they are too many for one transaction. */
  readonly messages: readonly NewMessage[];
  readonly count: number;
  readonly bytes: number;
  readonly isLarge: boolean;
  readonly firstTime: string | null;
  readonly lastTime: string | null;
}

/** Makes a session out of messages from elsewhere. */
export class Creation {
  readonly #at: string;

  constructor(
    private readonly access: SessionAccess,
    private readonly edit: CreateEdit,
    now: number,
  ) {
    this.#at = chronoNow(now);
  }

  async gather(signal?: AbortSignal): Promise<Gathered> {
    await this.access.read((scope) => this.#checkFree(scope));
    let messages: NewMessage[] = [];
    let count = 0;
    let bytes = 0;
    let isLarge = false;
    let firstTime: string | null = null;
    let lastTime: string | null = null;
    for await (const batch of this.edit.messages()) {
      checkSignal(signal);
      for (const message of batch) {
        if (count++ === 0) firstTime = chronoOf(message.createdAt);
        lastTime = chronoOf(message.createdAt) ?? lastTime;
        bytes += Buffer.byteLength(message.role) + Buffer.byteLength(message.content);
        isLarge ||= isStepwise(count, bytes);
        if (!isLarge) messages.push(message);
      }
      if (isLarge) messages = [];
    }
    return { messages, count, bytes, isLarge, firstTime, lastTime };
  }

  /** The whole of a session that one transaction can make. */
  draft(scope: Scope, gathered: Gathered): Draft {
    this.#checkFree(scope);
    const first = scope.messages.nextId();
    const added = gathered.messages.map((message, place) => this.#row(first + place, message));
    return this.#draftOf(scope, gathered, added, added.at(-1)?.id ?? 0);
  }

  /** A big one in steps, its metadata row last: an agent does not see it before it is whole. */
  async inSteps(gathered: Gathered, recorder: ItemRecorder, signal?: AbortSignal): Promise<EditReport> {
    const first = await this.access.read(({ messages }) => messages.nextId() + SLACK);
    const last = first + gathered.count - 1;
    const image = recorder.image('added');
    const hashes: number[] = [];
    for await (const row of this.#rows(first)) {
      checkSignal(signal);
      const line = rowLine(row);
      hashes.push(rowHash(line));
      image.write(Buffer.from(line));
    }
    const head = await this.access.read((scope) => this.#draftOf(scope, gathered, [], last));
    const { count: messages, bytes } = gathered;
    const facts = { key: this.edit.key, messages, bytes, trashed: false };
    const item = recorder.start(changeOf(this.edit.key, head, 0, messages), facts);
    const isReserved = await this.access.change((scope) => {
      this.#checkFree(scope);
      if (scope.messages.nextId() > first) return false;
      scope.messages.reserveUpTo(last);
      return true;
    });
    if (!isReserved) {
      recorder.discard();
      throw agentIsWriting(this.access.connection.file);
    }
    try {
      await this.#insertAll(first, hashes, signal);
    } catch (error) {
      await this.#takeBack(first, last);
      throw error;
    }
    await this.access.changeCounts((scope) => {
      const { metadata, messages, key } = scope;
      const current = metadata.read(key);
      const wanted = current ?? head.metadataAfter;
      metadata.change(key, current, wanted && { ...wanted, message_count: messages.count(key) });
    });
    item.finish();
    return head.report;
  }

  async #insertAll(first: number, hashes: readonly number[], signal: AbortSignal | undefined): Promise<void> {
    let rows: StoredRow[] = [];
    let bytes = 0;
    let place = 0;
    const insert = async () => {
      const batch = rows;
      rows = [];
      bytes = 0;
      await this.access.change(({ messages }) => {
        for (const row of batch) messages.insert(row);
      });
    };
    for await (const row of this.#rows(first)) {
      if (signal?.aborted) throw new StoreError('cancelled', 'Cancelled. What had been written is taken back.');
      if (rowHash(rowLine(row)) !== hashes[place++]) throw sourceChanged(this.edit.key);
      rows.push(row);
      bytes += rowSize(row);
      if (rows.length >= STEP.rows || bytes >= STEP.bytes) await insert();
    }
    if (place !== hashes.length) throw sourceChanged(this.edit.key);
    await insert();
  }

  async #takeBack(first: number, last: number): Promise<void> {
    for (let isDone = false; !isDone; ) {
      isDone = await this.access.change(({ messages, key }) => {
        const ids = messages.idsAfter(key, first - 1, STEP.rows).filter((id) => id <= last);
        for (const id of ids) messages.delete(id);
        return ids.length === 0;
      });
    }
  }

  async *#rows(first: number): AsyncGenerator<StoredRow> {
    let id = first;
    for await (const batch of this.edit.messages()) {
      for (const message of batch) yield this.#row(id++, message);
    }
  }

  #row(id: number, { role, content, createdAt }: NewMessage): StoredRow {
    const key = keyValue(keyParameter(this.edit.key));
    return { id, key, role: wholeText(role), content: wholeText(content), createdAt: chronoOf(createdAt) ?? this.#at };
  }

  #draftOf({ metadata, schema, key }: Scope, gathered: Gathered, added: readonly StoredRow[], lastId: number): Draft {
    const { count, bytes, firstTime, lastTime } = gathered;
    const name = this.edit.name === '' ? null : this.edit.name;
    const notes = name !== null && !schema.names ? ['its name is lost: this database has no place for one'] : [];
    const metadataAfter: MetadataRow = metadata.complete({
      session_key: keyValue(key),
      created_at: firstTime ?? this.#at,
      last_activity: chronoOf(this.edit.lastActivity) ?? lastTime ?? this.#at,
      message_count: count,
      name,
    });
    return {
      removed: [],
      added,
      metadataBefore: null,
      metadataAfter,
      lastIdBefore: 0,
      lastIdAfter: lastId,
      trashed: false,
      report: reportOf(count, bytes, notes),
    };
  }

  #checkFree({ messages, metadata, key, file }: Scope): void {
    if (messages.lastId(key) === 0 && metadata.read(key) === null) return;
    throw new StoreError('exists', `There is a session ${this.edit.key} in ${file} already. Choose another key.`);
  }
}

function sourceChanged(key: string): StoreError {
  return new StoreError('replaced', `What ${key} is made from has changed in the middle of it, so nothing was made.`);
}
