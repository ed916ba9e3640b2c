import { mainBundle, type RunningAgent, startAgent } from './jsonlAgent';

export interface SqliteAgentOptions {
  /** Begins each message, before its number. */
  readonly name: string;
  /** The database. */
  readonly file: string;
  /** Sessions, by turns. */
  readonly keys: readonly string[];
  /** Messages in all. */
  readonly count: number;
  /** Ends after this time, whatever has been written by then. */
  readonly milliseconds?: number;
  /** At most so many milliseconds between two messages. */
  readonly pause?: number;
  /** Length of the text behind the number. */
  readonly filler?: number;
}

export interface SqliteAgentReport {
  /** Messages that were stored and counted. */
  readonly appended: number;
  /** The longest that one append took, both statements of it. */
  readonly longestMilliseconds: number;
  /** How often SQLite said "database is locked": each time zeroclaw would have lost a message. */
  readonly locked: number;
}

/** Starts a process that appends as zeroclaw does. It ends with this one. */
export function startSqliteAgent(options: SqliteAgentOptions): RunningAgent<SqliteAgentReport> {
  return startAgent(mainBundle('support', 'sqliteAgent.main.ts'), options);
}
