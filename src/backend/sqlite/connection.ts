import * as fs from 'node:fs';
import { StoreError } from '../errors';
import type { SqliteDatabase, SqliteLibrary } from './binding';
import { type OpenedDatabase, openDatabase } from './openDatabase';
import { probeSchema, type Schema } from './schema';
import { isBusy, isSchemaError, needsPrivateCopy, toStoreError } from './sqliteErrors';

/** A value as the library gives it. */
export type SqlValue = string | number | bigint | Buffer | null;
export type SqlParameter = string | number | Buffer;

/** What has been asked of the database, for tests and for the log. */
export interface Work {
  /** Statements that read tables; the check whether anything has changed is not one. */
  statements: number;
  /** Rows that came back. */
  rows: number;
  /** Times that the file was opened. */
  openings: number;
}

/** One short read transaction: all that is read through it comes from the same state of the database. */
export interface Reader {
  readonly schema: Schema;
  /** Changes with every commit of another connection, and with every opening. Never goes back. */
  readonly version: number;
  /** Changes when the file has been opened again: it may be another one. */
  readonly epoch: number;
  all<Row extends readonly SqlValue[]>(sql: string, ...parameters: SqlParameter[]): Row[];
  get<Row extends readonly SqlValue[]>(sql: string, ...parameters: SqlParameter[]): Row | undefined;
  /** The first column of all rows. */
  column<Value extends SqlValue>(sql: string, ...parameters: SqlParameter[]): Value[];
  /** Stop early with `break`. Not to be kept open across an `await`. */
  iterate<Row extends readonly SqlValue[]>(sql: string, ...parameters: SqlParameter[]): Iterable<Row>;
}

export interface ConnectionOptions {
  readonly library: SqliteLibrary;
  /** Folder for private copies. */
  readonly copyFolder: string;
  /** Milliseconds for which a lock of another program is waited for. */
  readonly busyTimeout: number;
}

interface Session {
  readonly opened: OpenedDatabase;
  readonly identity: string;
  readonly statements: Map<string, ReturnType<SqliteDatabase['prepare']>>;
  dataVersion: number | undefined;
  schemaVersion: number | undefined;
  schema: Schema | undefined;
}

const firstPause = 10;
const longestPause = 200;

function identityOf(file: string): string {
  const stats = fs.statSync(file, { bigint: true });
  return `${stats.dev}:${stats.ino}`;
}

/**
 * The connection to one database file: opened on first use, opened again when the file has been replaced, its schema
 * probed again when it has changed. Every read is a transaction of its own, so that no agent's checkpoint waits for us.
 */
export class DatabaseConnection {
  readonly work: Work = { statements: 0, rows: 0, openings: 0 };
  private session: Session | undefined;
  private opening: Promise<Session> | undefined;
  private version = 0;
  private epoch = 0;
  private closed = false;

  constructor(
    private readonly file: string,
    private readonly options: ConnectionOptions,
  ) {}

  /**
   * Runs `read` in one transaction. It must not keep rows open and may be called again when the database was busy, so
   * it changes nothing outside before it has read all. Rejects with a `StoreError`.
   */
  async run<T>(read: (reader: Reader) => T): Promise<T> {
    const deadline = performance.now() + this.options.busyTimeout;
    let reopened = false;
    let probedAgain = false;
    for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
      try {
        return this.transaction(await this.current(), read);
      } catch (error) {
        if (isBusy(error) && performance.now() + pause < deadline) {
          await new Promise((resolve) => setTimeout(resolve, pause));
        } else if (isSchemaError(error) && !probedAgain) {
          probedAgain = true;
          if (this.session) this.session.schemaVersion = undefined;
        } else if (needsPrivateCopy(error) && this.session && !this.session.opened.copy && !reopened) {
          reopened = true;
          this.closeSession();
        } else {
          throw toStoreError(error, this.file);
        }
      }
    }
  }

  /** Closes the file for now; the next read opens it again. */
  release(): void {
    this.closeSession();
  }

  /** Closes the file and removes what was made beside it. */
  close(): void {
    this.closed = true;
    this.closeSession();
  }

  private async current(): Promise<Session> {
    const { session } = this;
    if (session) {
      let identity: string | undefined;
      try {
        identity = identityOf(this.file);
      } catch (error) {
        this.closeSession();
        throw error;
      }
      if (identity === session.identity && session.opened.copy?.isCurrent() !== false) return session;
      this.closeSession();
    }
    if (this.closed) throw new StoreError('read-failed', `${this.file} has been closed.`);
    this.opening ??= this.open().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  private async open(): Promise<Session> {
    const opened = await openDatabase(this.options.library, this.file, this.options.copyFolder);
    if (this.closed) {
      opened.close();
      throw new StoreError('read-failed', `${this.file} has been closed.`);
    }
    this.work.openings++;
    this.epoch++;
    this.session = {
      opened,
      identity: identityOf(this.file),
      statements: new Map(),
      dataVersion: undefined,
      schemaVersion: undefined,
      schema: undefined,
    };
    return this.session;
  }

  private closeSession(): void {
    const { session } = this;
    this.session = undefined;
    session?.opened.close();
  }

  private transaction<T>(session: Session, read: (reader: Reader) => T): T {
    const { database } = session.opened;
    database.exec('BEGIN');
    try {
      return read(this.reader(session, this.readSchema(session)));
    } finally {
      // Nothing was written, so both ways of ending are the same; an error may have ended it already.
      if (database.inTransaction) database.exec('ROLLBACK');
    }
  }

  private readSchema(session: Session): Schema {
    const { database } = session.opened;
    const dataVersion = Number(this.statement(session, 'PRAGMA data_version').pluck().get());
    if (dataVersion !== session.dataVersion) {
      session.dataVersion = dataVersion;
      this.version++;
    } else if (session.schema && session.schemaVersion !== undefined) {
      return session.schema;
    }
    const schemaVersion = Number(this.statement(session, 'PRAGMA schema_version').pluck().get());
    if (session.schema && schemaVersion === session.schemaVersion) return session.schema;
    session.schemaVersion = undefined;
    session.schema = probeSchema(database, this.file);
    session.schemaVersion = schemaVersion;
    return session.schema;
  }

  private reader(session: Session, schema: Schema): Reader {
    const { work } = this;
    const prepared = (sql: string) => {
      work.statements++;
      return this.statement(session, sql).raw();
    };
    return {
      schema,
      version: this.version,
      epoch: this.epoch,
      all: <Row extends readonly SqlValue[]>(sql: string, ...parameters: SqlParameter[]) => {
        const rows = prepared(sql).all(...parameters) as Row[];
        work.rows += rows.length;
        return rows;
      },
      get: <Row extends readonly SqlValue[]>(sql: string, ...parameters: SqlParameter[]) => {
        const row = prepared(sql).get(...parameters) as Row | undefined;
        if (row) work.rows++;
        return row;
      },
      column: <Value extends SqlValue>(sql: string, ...parameters: SqlParameter[]) => {
        work.statements++;
        const values = this.statement(session, sql)
          .pluck()
          .all(...parameters) as Value[];
        work.rows += values.length;
        return values;
      },
      *iterate<Row extends readonly SqlValue[]>(sql: string, ...parameters: SqlParameter[]) {
        for (const row of prepared(sql).iterate(...parameters)) {
          work.rows++;
          yield row as Row;
        }
      },
    };
  }

  private statement(session: Session, sql: string): ReturnType<SqliteDatabase['prepare']> {
    const known = session.statements.get(sql);
    if (known) return known;
    const statement = session.opened.database.prepare(sql);
    session.statements.set(sql, statement);
    return statement;
  }
}
