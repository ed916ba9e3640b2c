import * as vm from 'node:vm';
import { QueryError } from '../../shared/search/query';
import { type SessionMetadata, type StoreLocation, storeId } from '../../shared/session';
import { displayState } from '../../shared/sessionState';
import { StoreError } from '../errors';
import { storeLabel } from '../storeLabel';
import type { CompiledQuery, SessionFacts } from './match/compiledQuery';
import { hasExpression } from './match/compileQuery';
import type { FoundHit } from './StoreSearch';
import { endlessExpression } from './workers/SearchPool';

export interface FactsContext {
  readonly location: StoreLocation;
  /** Whether messages of the store carry their own time. */
  readonly messageTimes: boolean;
  readonly now: number;
  readonly stuckAfterSeconds: number;
}

/** Milliseconds in which all names must be held against a regular expression. */
const PATIENCE = 1000;

/** What `in:`, `store:`, `state:` and, where messages have no time, `after:` and `before:` are held against. */
export function sessionFacts(session: SessionMetadata, context: FactsContext): SessionFacts {
  const { location, messageTimes, now, stuckAfterSeconds } = context;
  const state = displayState(session, now, stuckAfterSeconds);
  return {
    key: session.key,
    name: session.name,
    storeLabel: storeLabel(location),
    storePath: location.path,
    state: state === 'none' ? null : state === 'other' ? session.state : state,
    createdAt: session.createdAt,
    lastActivity: session.lastActivity,
    messageTimes,
  };
}

/**
 * The sessions that are hits themselves: by their name, or by their key where it is all that was typed. A part of a key
 * is no hit: `telegram` would find every session of that channel (`in:telegram` does).
 */
export function sessionHits(
  location: StoreLocation,
  query: CompiledQuery,
  sessions: Iterable<SessionMetadata>,
  bits: ReadonlyMap<string, number>,
): FoundHit[] {
  const find = (): FoundHit[] => findSessions(location, query, sessions, bits);
  return hasExpression(query.query) ? interruptible(find) : find();
}

/** Runs work that a regular expression could keep from ending. Throws `bad-query` when it takes too long. */
function interruptible<T>(work: () => T): T {
  let result: T | undefined;
  const run = (): void => {
    result = work();
  };
  try {
    vm.runInNewContext('run()', { run }, { timeout: PATIENCE });
  } catch (error) {
    if (error instanceof QueryError) throw new StoreError('bad-query', error.message);
    // It comes from the other context, where `Error` is another class.
    const { code } = error as { code?: unknown };
    throw code === 'ERR_SCRIPT_EXECUTION_TIMEOUT' ? endlessExpression() : error;
  }
  return result as T;
}

function findSessions(
  location: StoreLocation,
  query: CompiledQuery,
  sessions: Iterable<SessionMetadata>,
  bits: ReadonlyMap<string, number>,
): FoundHit[] {
  const hits: FoundHit[] = [];
  const typed = query.query.source.trim();
  for (const { key, name, lastActivity } of sessions) {
    const truth = bits.get(key);
    if (truth === undefined) continue;
    const called = name !== null && query.matchesSession(name, '', truth);
    const named = called || (key === typed && query.matchesSession(null, key, truth));
    if (!named) continue;
    const { snippet, ranges } = called ? query.hitTextOfSession(name, '') : query.hitTextOfSession(null, key);
    hits.push({
      hit: { kind: 'session', store: storeId(location), key, snippet, ranges },
      rank: null,
      time: timeOf(lastActivity),
      sequence: 0,
    });
  }
  return hits;
}

function timeOf(text: string | null): number {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? 0 : time;
}
