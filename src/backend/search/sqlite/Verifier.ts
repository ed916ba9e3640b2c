/** Holds stored rows against a query, in a thread. */
import type { DatabaseConnection, SqlValue } from '../../sqlite/connection';
import { keyParameter } from '../../sqlite/keys';
import type { CompiledQuery, HitText, StoredMessage } from '../match/compiledQuery';
import type { TaskContext } from '../workers/tasks';
import { contentOf, type StoredRow } from './rowWalk';
import { lastActivityOfKey } from './searchStatements';
import type { PreparedQuery } from './sharedQuery';
import { ToolNames } from './toolNames';

/** A row with what the query made of it. */
export type Verdict =
  | { readonly row: StoredRow; readonly kind: 'message'; readonly message: StoredMessage }
  | { readonly row: StoredRow; readonly kind: 'unreadable'; readonly bits: number };

/** What became of some rows. */
export interface Verified {
  /** Rows that match, in the order in which they came. */
  readonly matching: readonly Verdict[];
  /** Rows that nobody can read, of the sessions that are searched. */
  readonly unreadable: readonly StoredRow[];
  /** Readable rows of the sessions that are searched. */
  readonly messages: number;
}

export function note(counts: Map<string, number>, key: string, more = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}

export class Verifier {
  /** Readable rows by session, where only some sessions are searched. */
  readonly messagesOf = new Map<string, number>();
  private readonly compiled: CompiledQuery;
  private readonly sessions: ReadonlyMap<string, number> | undefined;
  private readonly tools: ToolNames;
  private readonly times = new Map<string, number>();

  constructor(
    private readonly connection: DatabaseConnection,
    query: PreparedQuery,
    private readonly context: TaskContext,
  ) {
    this.compiled = query.compiled;
    this.sessions = query.sessions;
    this.tools = new ToolNames(connection);
  }

  /** `null` once the search has been cancelled. */
  async verify(rows: readonly StoredRow[]): Promise<Verified | null> {
    const { compiled, context, sessions, tools } = this;
    const matching: Verdict[] = [];
    const unreadable: StoredRow[] = [];
    let messages = 0;
    for (let row of rows) {
      if (context.cancelled()) return null;
      const bits = sessions ? sessions.get(row.key) : 0;
      if (bits === undefined) continue;
      if (row.content === null && row.reason === undefined) {
        const whole = await contentOf(this.connection, row);
        // Gone meanwhile: then it is not in the answer either.
        if (!whole) continue;
        row = whole;
      }
      if (row.content === null) {
        unreadable.push(row);
        if (compiled.wantsUnreadable && compiled.matchesUnreadable(row.excerpt, bits)) {
          matching.push({ row, kind: 'unreadable', bits });
        }
        continue;
      }
      messages++;
      if (sessions) note(this.messagesOf, row.key);
      if (compiled.wantsUnreadable || !compiled.mayMatch(row.content)) continue;
      const message = this.message(row, row.content, bits);
      let matches = compiled.matches(message);
      while (tools.open) {
        await tools.resolve();
        matches = compiled.matches(message);
      }
      if (matches) matching.push({ row, kind: 'message', message });
    }
    tools.forget();
    return { matching, unreadable: compiled.wantsUnreadable ? [] : unreadable, messages };
  }

  hitText(verdict: Verdict): HitText {
    if (verdict.kind === 'message') return this.compiled.hitText(verdict.message);
    return this.compiled.hitTextOfUnreadable(verdict.row.excerpt);
  }

  /** Milliseconds since the epoch: the message's own time, else the session's last activity, else 0. */
  async time({ createdAt, key }: StoredRow): Promise<number> {
    const own = Date.parse(createdAt ?? '');
    if (!Number.isNaN(own)) return own;
    const known = this.times.get(key);
    if (known !== undefined) return known;
    const parameter = keyParameter(key);
    const text = await this.connection.run(({ schema, get }) =>
      schema.metadata ? get<[SqlValue]>(lastActivityOfKey(parameter), parameter.value)?.[0] : null,
    );
    const time = Date.parse(typeof text === 'string' ? text : '') || 0;
    this.times.set(key, time);
    return time;
  }

  private message({ id, key, role, createdAt }: StoredRow, content: string, bits: number): StoredMessage {
    return { role, content, createdAt, bits, toolOfCall: (call) => this.tools.of(key, id, call) };
  }
}
