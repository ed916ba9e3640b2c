import type { Problem, SessionMetadata } from '../../shared/session';
import { titleFromMessage } from '../content/title';
import type { Reader, SqlValue } from './connection';
import { isSuspect, isText, type KeyParameter, nameOfOddKey } from './keys';
import type { MetadataEntry } from './metadataRows';
import { countOfKey, countsAfter, keyBytesOfMessage, timeOfMessage, userHeads } from './statements';
import { isRfc3339 } from './timestamps';

/** What the rows of `sessions` say about one session. */
export interface MessageFacts {
  readonly count: number;
  readonly firstId: number;
  readonly lastId: number;
  /** Times of the first and the last message, read only where session_metadata has no row. */
  readonly firstAt?: string | null;
  readonly lastAt?: string | null;
}

type CountRow = [count: number, first: number | null, last: number | null];

function timeOf(reader: Reader, id: number): string | null {
  const value = reader.get<[SqlValue]>(timeOfMessage, id)?.[0];
  return typeof value === 'string' ? value : null;
}

/** Adds the times that the list needs of a session without metadata. */
export function withTimes(reader: Reader, facts: MessageFacts): MessageFacts {
  return { ...facts, firstAt: timeOf(reader, facts.firstId), lastAt: timeOf(reader, facts.lastId) };
}

/** Counts one session by the index on its key; `undefined` when it has no messages. */
export function countSession(reader: Reader, key: KeyParameter): MessageFacts | undefined {
  if (!reader.schema.messages) return undefined;
  const [count, first, last] = reader.get<CountRow>(countOfKey(key), key.value) ?? [0, null, null];
  return count > 0 && first !== null && last !== null ? { count, firstId: first, lastId: last } : undefined;
}

export interface CountedKeys {
  readonly counts: readonly (readonly [key: string, facts: MessageFacts])[];
  /** Where the next call goes on; `undefined` after the last key. */
  readonly next: KeyParameter | undefined;
}

/** Counts up to `limit` sessions whose keys follow `after`, in the order of the index on the key. */
export function countNextSessions(reader: Reader, after: KeyParameter | undefined, limit: number): CountedKeys {
  if (!reader.schema.messages) return { counts: [], next: undefined };
  const parameters = after ? [after.value, limit] : [limit];
  const rows = reader.all<[key: SqlValue, count: number, first: number, last: number]>(
    countsAfter(after),
    ...parameters,
  );
  let next: KeyParameter | undefined;
  const counts = rows.map(([value, count, firstId, lastId]): [string, MessageFacts] => {
    const name = nameOfKey(reader, value, firstId);
    next = name.parameter;
    return [name.key, { count, firstId, lastId }];
  });
  return { counts, next: rows.length < limit ? undefined : next };
}

/** The key in a row of `sessions`, as the list shows it and as a statement takes it. */
export function nameOfKey(reader: Reader, value: SqlValue, rowId: number): { key: string; parameter: KeyParameter } {
  if (Buffer.isBuffer(value)) return { key: nameOfOddKey(value, 'blob'), parameter: { sql: '?', value } };
  if (isSuspect(value) && reader.schema.utf8) {
    const bytes = reader.get<[SqlValue]>(keyBytesOfMessage, rowId)?.[0];
    if (Buffer.isBuffer(bytes) && !isText(bytes)) {
      return { key: nameOfOddKey(bytes, 'text'), parameter: { sql: 'CAST(? AS TEXT)', value: bytes } };
    }
  }
  const key = String(value);
  return { key, parameter: { sql: 'CAST(? AS TEXT)', value: key } };
}

/** The first words of the first user message that has any (of the first three); `null` when there is none. */
export function readTitle(reader: Reader, key: KeyParameter): string | null {
  if (!reader.schema.messages) return null;
  for (const [head] of reader.iterate<[SqlValue]>(userHeads(key), key.value)) {
    const title = typeof head === 'string' ? titleFromMessage(head) : null;
    if (title !== null) return title;
  }
  return null;
}

function countProblem(stored: number, real: number): Problem {
  const message = `zeroclaw counts ${stored.toLocaleString('en')} messages in this session; there are ${real.toLocaleString('en')}.`;
  return { code: 'count-mismatch', severity: 'warning', message };
}

function dateProblem(column: string, text: string): Problem {
  const message = `The time of the ${column} message is not a date: ${JSON.stringify(text.slice(0, 80))}.`;
  return { code: 'unreadable-date', severity: 'warning', message };
}

/** Facts as far as they are known: `undefined` is not known yet (a quick list), `null` that there is no message. */
export interface KnownFacts {
  readonly messages: MessageFacts | null | undefined;
  readonly title: string | null | undefined;
}

/** The line of the list for a session with a row in session_metadata. */
export function describeSession(entry: MetadataEntry, facts: KnownFacts): SessionMetadata {
  const { messages, title } = facts;
  if (messages === undefined) return title === undefined ? entry.session : { ...entry.session, title };
  const messageCount = messages?.count ?? 0;
  const { session, storedCount } = entry;
  const right = storedCount === null || storedCount === messageCount;
  const problems = right ? session.problems : [...session.problems, countProblem(storedCount, messageCount)];
  return { ...session, title, messageCount, problems };
}

/** The line of the list for messages that no row of session_metadata belongs to. */
export function describeOrphan(key: string, facts: MessageFacts, title: string | null | undefined): SessionMetadata {
  const createdAt = facts.firstAt ?? null;
  const lastActivity = facts.lastAt ?? null;
  const message =
    'These messages have no row in session_metadata, so zeroclaw neither lists nor deletes them. The times are those of the first and the last message.';
  const problems: Problem[] = [{ code: 'no-metadata', severity: 'warning', message }];
  if (createdAt !== null && !isRfc3339(createdAt)) problems.push(dateProblem('first', createdAt));
  if (lastActivity !== null && !isRfc3339(lastActivity)) problems.push(dateProblem('last', lastActivity));
  return {
    key,
    origin: 'live',
    name: null,
    title,
    createdAt,
    lastActivity,
    messageCount: facts.count,
    state: null,
    turnId: null,
    turnStartedAt: null,
    size: null,
    attributes: {},
    problems,
  };
}
