// Puts conversations into files and into a database, exactly as zeroclaw's newest version keeps them.
import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';

// Written out here too: the sample is made before anything of src/ is built.
const schema = `
  CREATE TABLE sessions (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    session_key TEXT NOT NULL,
    role        TEXT NOT NULL,
    content     TEXT NOT NULL,
    created_at  TEXT NOT NULL
  );
  CREATE INDEX idx_sessions_key ON sessions(session_key);
  CREATE INDEX idx_sessions_key_id ON sessions(session_key, id);
  CREATE TABLE session_metadata (
    session_key     TEXT PRIMARY KEY,
    created_at      TEXT NOT NULL,
    last_activity   TEXT NOT NULL,
    message_count   INTEGER NOT NULL DEFAULT 0,
    name            TEXT,
    state           TEXT NOT NULL DEFAULT 'idle',
    turn_id         TEXT,
    turn_started_at TEXT,
    agent_alias     TEXT,
    channel_id      TEXT,
    room_id         TEXT,
    sender_id       TEXT
  );
  CREATE INDEX idx_session_metadata_agent_alias ON session_metadata(agent_alias);
  CREATE INDEX idx_session_metadata_channel_id ON session_metadata(channel_id);
  CREATE INDEX idx_session_metadata_room_id ON session_metadata(room_id);
  CREATE INDEX idx_session_metadata_sender_id ON session_metadata(sender_id);
  CREATE TABLE jsonl_import_receipts (
    source_name TEXT PRIMARY KEY,
    session_key TEXT NOT NULL,
    source_hash TEXT NOT NULL,
    source_len  INTEGER NOT NULL,
    imported_at TEXT NOT NULL
  );
  CREATE VIRTUAL TABLE sessions_fts USING fts5(session_key, content, content=sessions, content_rowid=id);
  CREATE TRIGGER sessions_ai AFTER INSERT ON sessions BEGIN
    INSERT INTO sessions_fts(rowid, session_key, content) VALUES (new.id, new.session_key, new.content);
  END;
  CREATE TRIGGER sessions_ad AFTER DELETE ON sessions BEGIN
    INSERT INTO sessions_fts(sessions_fts, rowid, session_key, content)
    VALUES ('delete', old.id, old.session_key, old.content);
  END;
  CREATE TRIGGER sessions_au AFTER UPDATE ON sessions BEGIN
    INSERT INTO sessions_fts(sessions_fts, rowid, session_key, content)
    VALUES ('delete', old.id, old.session_key, old.content);
    INSERT INTO sessions_fts(rowid, session_key, content) VALUES (new.id, new.session_key, new.content);
  END;
`;

/** RFC 3339 with nine digits and `+00:00`, as chrono writes it. */
export function timestamp(time) {
  const nanoseconds = String(Math.floor(((time * 7919) % 1_000_000) + 1_000_000)).slice(-6);
  return new Date(time).toISOString().replace('Z', `${nanoseconds}+00:00`);
}

/** One line of a JSONL store. */
export function jsonLine({ role, content }) {
  return `${JSON.stringify({ role, content })}\n`;
}

/** Writes a session file and dates it. `content`: messages, or text or bytes as they are. */
export function writeJsonl(folder, name, content, modified) {
  const file = path.join(folder, name);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(file, Array.isArray(content) ? content.map(jsonLine).join('') : content);
  fs.utimesSync(file, modified / 1000, modified / 1000);
}

/** A new database with these sessions. */
export function writeDatabase(file, sessions) {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.exec(schema);
  const addMessage = database.prepare(
    'INSERT INTO sessions (session_key, role, content, created_at) VALUES (?, ?, ?, ?)',
  );
  const addSession = database.prepare(`INSERT INTO session_metadata VALUES (
    @key, @created, @active, @count, @name, @state, @turnId, @turnStarted, @agent, @channel, @room, @sender)`);
  database.transaction(() => {
    // One message after the other by time, as the agent would have written them: sessions are interleaved.
    const rows = sessions.flatMap(({ key, messages }) => messages.map((message) => ({ key, ...message })));
    for (const { key, role, content, time } of rows.sort((a, b) => a.time - b.time)) {
      addMessage.run(key, role, content, timestamp(time));
    }
    for (const session of sessions) {
      if (session.orphan) continue;
      const { messages, end } = session;
      addSession.run({
        key: session.key,
        created: timestamp(session.created ?? messages[0]?.time ?? end),
        active: timestamp(messages.at(-1)?.time ?? end),
        count: session.count ?? messages.length,
        name: session.name ?? null,
        state: session.state ?? 'idle',
        turnId: session.turnId ?? null,
        turnStarted: session.turnStarted ? timestamp(session.turnStarted) : null,
        agent: session.agent ?? null,
        channel: session.channel ?? null,
        room: session.room ?? null,
        sender: session.sender ?? null,
      });
    }
  })();
  database.close();
}
