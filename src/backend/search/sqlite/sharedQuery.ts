/** A query on its way to the threads: packed once, unpacked and compiled once in each of them. */
import { deserialize, serialize } from 'node:v8';
import type { Query } from '../../../shared/search/query';
import type { CompiledQuery } from '../match/compiledQuery';
import { compileQuery } from '../match/compileQuery';
import type { StoreQuery } from '../StoreSearch';
import type { SharedQuery } from './taskTypes';

/** Queries that a thread keeps: those of one search, and of the one before it. */
const MOST_KEPT = 4;

interface PackedQuery {
  readonly query: Query;
  readonly sessions: ReadonlyMap<string, number> | undefined;
}

export interface PreparedQuery {
  readonly compiled: CompiledQuery;
  readonly sessions: ReadonlyMap<string, number> | undefined;
}

let lastId = 0;
const prepared = new Map<number, PreparedQuery>();

/** In the service. */
export function shareQuery({ query, sessions }: StoreQuery): SharedQuery {
  const packed: PackedQuery = { query, sessions };
  const bytes = serialize(packed);
  const shared = new SharedArrayBuffer(bytes.length);
  bytes.copy(new Uint8Array(shared));
  return { id: ++lastId, bytes: shared };
}

/** In a thread. */
export function preparedQuery({ id, bytes }: SharedQuery): PreparedQuery {
  const known = prepared.get(id);
  if (known) return known;
  const { query, sessions } = deserialize(Buffer.from(new Uint8Array(bytes))) as PackedQuery;
  const made: PreparedQuery = { compiled: compileQuery(query), sessions };
  for (const oldest of prepared.keys()) {
    if (prepared.size < MOST_KEPT) break;
    prepared.delete(oldest);
  }
  prepared.set(id, made);
  return made;
}
