import { startChild } from '../host/children';
import { mainBundle } from './jsonlAgent';

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
export function startSqliteAgent(options: SqliteAgentOptions): {
  readonly begun: Promise<void>;
  readonly ended: Promise<SqliteAgentReport>;
} {
  const bundle = mainBundle('support', 'sqliteAgent.main.ts');
  const child = startChild(process.execPath, [bundle, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  child.stdout?.on('data', (bytes: Buffer) => {
    output += bytes.toString();
    begin();
  });
  const ended = new Promise<SqliteAgentReport>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      begin();
      const last = output.trim().split('\n').at(-1) ?? '';
      if (code === 0) resolve(JSON.parse(last) as SqliteAgentReport);
      else reject(new Error(`the agent ended with code ${code}: ${output}`));
    });
  });
  return { begun, ended };
}
