/** `user_version` of the journal's database. 1 was that of trial versions. */
export const FORMAT = 2;

export const SCHEMA = `
CREATE TABLE IF NOT EXISTS entries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  operation TEXT NOT NULL,
  store TEXT NOT NULL,
  planned INTEGER NOT NULL,
  summary TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS items (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  entry INTEGER NOT NULL,
  key TEXT NOT NULL,
  label TEXT NOT NULL,
  status TEXT NOT NULL,
  change TEXT NOT NULL,
  messages INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  trashed INTEGER NOT NULL DEFAULT 0,
  purged INTEGER NOT NULL DEFAULT 0,
  new_key TEXT
);
CREATE INDEX IF NOT EXISTS items_entry ON items (entry);
CREATE INDEX IF NOT EXISTS items_open ON items (status) WHERE status IN ('started', 'undoing', 'redoing');
CREATE INDEX IF NOT EXISTS items_trash ON items (trashed, status) WHERE trashed = 1;
CREATE TABLE IF NOT EXISTS images (
  id INTEGER PRIMARY KEY,
  item INTEGER NOT NULL,
  name TEXT NOT NULL,
  seq INTEGER NOT NULL,
  length INTEGER NOT NULL,
  data BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS images_item ON images (item, name, seq);
PRAGMA user_version = ${FORMAT};
`;
