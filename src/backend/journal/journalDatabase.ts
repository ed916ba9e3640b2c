import * as fs from 'node:fs';
import * as path from 'node:path';
import { errorText, StoreError } from '../errors';
import { loadSqlite, type SqliteDatabase } from '../sqlite/binding';
import { isBusy, sqliteCode } from '../sqlite/sqliteErrors';
import { identityOf } from './fileIdentity';
import { FORMAT, SCHEMA } from './journalSchema';

/** The file of the journal, `journal.db` in the data folder, and how it is written. */
export class JournalDatabase {
  private constructor(
    readonly sqlite: SqliteDatabase,
    private readonly file: string,
    private readonly identity: string,
  ) {}

  /** Rejects with `journal-unavailable` when there is no data folder or it cannot be written. */
  static async open(dataFolder: string | undefined, sqliteBinding?: string): Promise<JournalDatabase> {
    if (dataFolder === undefined) {
      throw new StoreError('journal-unavailable', 'Nothing is changed without a data folder for the journal.');
    }
    const file = path.join(dataFolder, 'journal.db');
    try {
      fs.mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
      const library = await loadSqlite(sqliteBinding);
      const sqlite = library.open(file, { readonly: false, timeout: 5000, create: true });
      try {
        prepare(sqlite);
        return new JournalDatabase(sqlite, file, identityOf(file));
      } catch (error) {
        sqlite.close();
        throw error;
      }
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw journalError(error, file);
    }
  }

  /** The file was deleted or replaced: what is written to the open one, nobody would ever find. */
  get isLost(): boolean {
    return identityOf(this.file) !== this.identity;
  }

  /** A transaction that is safe against a killed process. Within another one: part of that. */
  writing<T>(work: () => T): T {
    if (this.sqlite.inTransaction) return work();
    try {
      return this.sqlite.transaction(work).immediate();
    } catch (error) {
      throw error instanceof StoreError ? error : journalError(error, this.file);
    }
  }

  /** The same, and on the disk when it returns. */
  flushing<T>(work: () => T): T {
    this.sqlite.pragma('synchronous = FULL');
    try {
      return this.writing(work);
    } finally {
      this.sqlite.pragma('synchronous = NORMAL');
    }
  }

  close(): void {
    this.sqlite.close();
  }
}

function prepare(database: SqliteDatabase): void {
  // Before the first table: space of purged images goes back to the file system.
  database.pragma('auto_vacuum = INCREMENTAL');
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.pragma('temp_store = MEMORY');
  const version = Number(database.pragma('user_version', { simple: true }));
  if (version > FORMAT) {
    throw new StoreError(
      'journal-unavailable',
      `The journal ${database.name} was written by a newer version of Agent Session Inspector. Update this one; nothing is changed until then.`,
    );
  }
  if (version > 0 && version < FORMAT) {
    throw new StoreError(
      'journal-unavailable',
      `The journal ${database.name} was written by a trial version of Agent Session Inspector. Move it away, and a new one is begun.`,
    );
  }
  if (version < FORMAT) database.transaction(() => database.exec(SCHEMA)).immediate();
}

function journalError(error: unknown, file: string): StoreError {
  const cause = { cause: error };
  if (isBusy(error)) {
    return new StoreError(
      'busy',
      `The journal ${file} is in use by another window. Nothing was changed; try again.`,
      cause,
    );
  }
  const words = errorText(error);
  return new StoreError(
    'journal-unavailable',
    `The journal ${file} cannot be used, so nothing was changed: ${words}.${advice(error, words)}`,
    cause,
  );
}

function advice(error: unknown, words: string): string {
  const code = sqliteCode(error) ?? '';
  if (code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT')) {
    return ' It is damaged: move it away, and a new one is begun. What the old one holds can then not be undone.';
  }
  // A full disk is met by the log (IOERR_WRITE) or by what lies beside it (IOERR_SHMSIZE).
  const isFull = /full|ENOSPC|EFBIG|EDQUOT/i.test(words) || /^SQLITE_IOERR_(?:WRITE|SHM)/.test(code);
  return isFull ? ' Make room on that disk.' : '';
}
