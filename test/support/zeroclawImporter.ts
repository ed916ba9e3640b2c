import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { append, chronoTime, openAsZeroclaw, type Sqlite, zeroclawTables, zeroclawTriggers } from './zeroclawSchema';

/*
 * What a zeroclaw does with the JSONL files of its sessions folder when it opens `sessions.db`
 * (crates/zeroclaw-infra/src/session_sqlite.rs, `migrate_from_jsonl`).
 */

interface Line {
  readonly role: string;
  readonly content: string;
}

/** Lines of tests are plain: what JSON.parse takes, zeroclaw takes. */
function messagesIn(text: string): Line[] {
  return text.split('\n').flatMap((line) => {
    try {
      const parsed = JSON.parse(line.trim()) as Partial<Line>;
      return typeof parsed.role === 'string' && typeof parsed.content === 'string'
        ? [{ role: parsed.role, content: parsed.content }]
        : [];
    } catch {
      return [];
    }
  });
}

function opened(folder: string, age: '0.8.4' | 'newest'): Sqlite {
  const database = openAsZeroclaw(path.join(folder, 'sessions.db'));
  const isEmpty = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sessions'").get() === undefined;
  if (isEmpty) database.exec(zeroclawTables(age) + zeroclawTriggers(age));
  return database;
}

/**
 * 0.7.5 to 0.8.4: each message is appended by itself; then the file is renamed over whatever `.migrated` there is.
 * Errors never stop the start. Returns the number of files imported.
 */
export function startOldZeroclaw(folder: string): number {
  const database = opened(folder, '0.8.4');
  let migrated = 0;
  for (const name of fs.readdirSync(folder)) {
    if (!name.endsWith('.jsonl')) continue;
    const file = path.join(folder, name);
    const messages = messagesIn(fs.readFileSync(file, 'utf8'));
    for (const { role, content } of messages) append(database, name.slice(0, -'.jsonl'.length), role, content);
    if (messages.length === 0) continue;
    fs.renameSync(file, `${file}.migrated`);
    migrated++;
  }
  database.close();
  return migrated;
}

interface Fingerprint {
  readonly hash: string;
  readonly length: number;
}

function fingerprint(file: string): Fingerprint {
  const bytes = fs.readFileSync(file);
  return { hash: createHash('sha256').update(bytes).digest('hex'), length: bytes.length };
}

const isSame = (a: Fingerprint, b: Fingerprint): boolean => a.hash === b.hash && a.length === b.length;

function restore(staged: string, live: string): void {
  if (fs.existsSync(live)) throw new Error(`Refusing to replace JSONL session created while ${live} was staged`);
  fs.renameSync(staged, live);
}

/**
 * Master of August 2026. Throws where it refuses to open the database; the daemon then runs without persistence.
 * Returns the number of files handed over.
 */
export function startNewestZeroclaw(folder: string): number {
  const database = opened(folder, 'newest');
  try {
    database.exec(zeroclawTables('newest').replace(/ALTER TABLE[^;]*;/g, ''));
    return importAll(database, folder);
  } finally {
    database.close();
  }
}

function importAll(database: Sqlite, folder: string): number {
  const hadReceipts = database.prepare('SELECT 1 FROM jsonl_import_receipts LIMIT 1').get() !== undefined;
  const candidates = fs.readdirSync(folder).flatMap((file) => {
    if (file.endsWith('.jsonl.importing')) return [{ name: file.slice(0, -'.importing'.length), isStaged: true }];
    return file.endsWith('.jsonl') ? [{ name: file, isStaged: false }] : [];
  });
  candidates.sort((a, b) => Number(b.isStaged) - Number(a.isStaged) || (a.name < b.name ? -1 : 1));
  let migrated = 0;
  for (const { name, isStaged } of candidates) {
    const live = path.join(folder, name);
    const staged = `${live}.importing`;
    const archive = `${live}.migrated`;
    if (isStaged ? fs.existsSync(live) : fs.existsSync(staged)) {
      throw new Error(`Refusing ambiguous JSONL migration with both ${live} and ${staged}`);
    }
    if (!isStaged) {
      if (fs.existsSync(archive)) throw new Error(`Refusing to replace existing migrated JSONL session ${archive}`);
      fs.renameSync(live, staged);
    }
    const expected = fingerprint(staged);
    importOne(database, name, live, staged, expected, isStaged && hadReceipts);
    if (fs.existsSync(archive)) {
      if (!isSame(fingerprint(archive), expected))
        throw new Error(`Refusing incompatible migrated JSONL session ${archive}`);
      fs.unlinkSync(staged);
    } else {
      fs.linkSync(staged, archive);
      fs.unlinkSync(staged);
    }
    if (fs.existsSync(live)) throw new Error(`JSONL session ${live} reappeared during migration`);
    migrated++;
  }
  return migrated;
}

/** One IMMEDIATE transaction. Before it is committed, a failure puts the file back, except beside a receipt. */
function importOne(
  database: Sqlite,
  name: string,
  live: string,
  staged: string,
  { hash, length }: Fingerprint,
  mayHaveReceipt: boolean,
): void {
  const key = name.slice(0, -'.jsonl'.length);
  database.exec('BEGIN IMMEDIATE');
  let hasReceipt = false;
  try {
    const receipt = database
      .prepare('SELECT session_key, source_hash, source_len FROM jsonl_import_receipts WHERE source_name = ?')
      .raw()
      .get(name) as [string, string, number] | undefined;
    hasReceipt = receipt !== undefined;
    if (receipt) {
      if (receipt[0] !== key || receipt[1] !== hash || receipt[2] !== length) {
        throw new Error(`JSONL session ${name} does not match its committed import receipt`);
      }
      database.exec('COMMIT');
      return;
    }
    const exists = database
      .prepare(
        'SELECT EXISTS(SELECT 1 FROM sessions WHERE session_key = @key) OR EXISTS(SELECT 1 FROM session_metadata WHERE session_key = @key)',
      )
      .pluck()
      .get({ key });
    if (exists === 1) {
      throw new Error(
        `Refusing to import receipt-less JSONL session ${name} over existing SQLite session state for ${key}`,
      );
    }
    const text = fs.readFileSync(staged, 'utf8');
    const messages = messagesIn(text);
    if (messages.length === 0 && text.trim() !== '') {
      throw new Error(`JSONL session ${name} contains no valid messages to import`);
    }
    const now = chronoTime(Date.now(), 654_321);
    const insert = database.prepare(
      'INSERT INTO sessions (session_key, role, content, created_at) VALUES (?, ?, ?, ?)',
    );
    for (const { role, content } of messages) insert.run(key, role, content, now);
    database
      .prepare(
        'INSERT INTO session_metadata (session_key, created_at, last_activity, message_count) VALUES (?, ?, ?, ?)',
      )
      .run(key, now, now, messages.length);
    database
      .prepare(
        'INSERT INTO jsonl_import_receipts (source_name, session_key, source_hash, source_len, imported_at) VALUES (?, ?, ?, ?, ?)',
      )
      .run(name, key, hash, length, now);
    database.exec('COMMIT');
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK');
    if (!hasReceipt && !mayHaveReceipt) restore(staged, live);
    else if (database.prepare('SELECT 1 FROM jsonl_import_receipts WHERE source_name = ?').get(name) === undefined) {
      restore(staged, live);
    }
    throw error;
  }
}
