import {
  chronoTime,
  openAsZeroclaw,
  type ZeroclawAge,
  zeroclawTables,
  zeroclawTriggers,
} from '../../support/zeroclawSchema';

export interface DatabaseSize {
  readonly sessions: number;
  readonly messagesPerSession: number;
  /** Build the full-text index (default true). It takes longer than all the rest. */
  readonly fullText?: boolean;
  readonly age?: ZeroclawAge;
}

/** Sessions that are alive at the same time: their rows lie mixed in the table, as in real use. */
const concurrentSessions = 40;
const firstTime = Date.UTC(2026, 5, 1, 8);

/** mulberry32: small, fast, the same numbers on every machine. */
function randomSource(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below;
  };
}

const words =
  'deploy service latency index cache timeout retry queue schema migration token budget review branch merge release rollback config alert metric trace cluster node storage session agent prompt answer weather invoice calendar report draft summary language Größe café naïve über 部署 完了 проверка журнал ответ 🚀 ✅'.split(
    ' ',
  );
const questions = ['Can you check', 'Why is', 'Please summarise', 'How do I fix', 'Show me', 'What changed in'];
const channels = ['telegram', 'discord', 'slack', 'matrix', 'whatsapp'];
const people = ['alice', 'bob', 'Алиса', 'chen', 'dora', 'émile'];

function pick<T>(list: readonly T[], random: (below: number) => number): T {
  const chosen = list[Math.floor(random(list.length))];
  if (chosen === undefined) throw new Error('nothing to pick from');
  return chosen;
}

function sentence(random: (below: number) => number, length: number): string {
  const parts: string[] = [];
  for (let index = 0; index < length; index++) parts.push(pick(words, random));
  return parts.join(' ');
}

/** A round of eight: chat, then a native tool call with its result, as channels write them. */
function message(position: number, random: (below: number) => number, time: number): [role: string, content: string] {
  switch (position % 8) {
    case 2:
    case 4: {
      const call = `call_${Math.floor(position / 2)}`;
      const command = JSON.stringify({ command: `grep -rn "${pick(words, random)}" src/` });
      const calls = [{ arguments: command, id: call, name: 'shell' }];
      return [
        'assistant',
        JSON.stringify({ content: null, reasoning_content: sentence(random, 14), tool_calls: calls }),
      ];
    }
    case 3:
    case 5: {
      const lines = Array.from(
        { length: 3 + Math.floor(random(8)) },
        (_, line) => `src/${line}.ts:${sentence(random, 6)}`,
      );
      const call = `call_${Math.floor((position - 1) / 2)}`;
      return ['tool', JSON.stringify({ content: lines.join('\n'), tool_call_id: call })];
    }
    case 1:
    case 6:
      return [
        'assistant',
        `${sentence(random, 20)}\n\n\`\`\`ts\nconst value = ${Math.floor(random(9999))};\n\`\`\`\n${sentence(random, 12)}`,
      ];
    default: {
      const prefix = `[${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC] `;
      return ['user', `${prefix}${pick(questions, random)} ${sentence(random, 9)}?`];
    }
  }
}

function sessionKey(index: number): string {
  const number = String(index).padStart(6, '0');
  if (index % 4 === 0) return `gw_3f2b8c1e-0000-4000-8000-${number.padStart(12, '0')}`;
  return `${channels[index % channels.length] ?? ''}_main_${number}_${people[index % people.length] ?? ''}`;
}

/** The key of the n-th session of `makeDatabase`. */
export const corpusKey = sessionKey;

/**
 * Writes a zeroclaw database of the wanted size to `file` (which must not exist): the same bytes of content in
 * every run. Ends without a write-ahead log, as after a clean stop.
 */
export function makeDatabase(file: string, size: DatabaseSize): void {
  const age = size.age ?? 'newest';
  const database = openAsZeroclaw(file);
  database.pragma('synchronous = OFF');
  database.exec(zeroclawTables(age));
  const insert = database.prepare('INSERT INTO sessions (session_key, role, content, created_at) VALUES (?, ?, ?, ?)');
  const insertMetadata = database.prepare(
    'INSERT INTO session_metadata (session_key, created_at, last_activity, message_count) VALUES (?, ?, ?, ?)',
  );
  const random = randomSource(20_261_120);
  let time = firstTime;
  database.exec('BEGIN');
  for (let first = 0; first < size.sessions; first += concurrentSessions) {
    const group = Array.from({ length: Math.min(concurrentSessions, size.sessions - first) }, (_, at) => first + at);
    const created = new Map<number, string>();
    const last = new Map<number, string>();
    for (let position = 0; position < size.messagesPerSession; position++) {
      for (const index of group) {
        time += 400 + Math.floor(random(900));
        const [role, content] = message(position, random, time);
        const at = chronoTime(time, Math.floor(random(1_000_000)));
        insert.run(sessionKey(index), role, content, at);
        if (!created.has(index)) created.set(index, at);
        last.set(index, at);
      }
    }
    for (const index of group) {
      const fallback = chronoTime(time);
      const key = sessionKey(index);
      insertMetadata.run(key, created.get(index) ?? fallback, last.get(index) ?? fallback, size.messagesPerSession);
      if (age !== '0.4.3' && index % 7 === 0) {
        database.prepare('UPDATE session_metadata SET name = ? WHERE session_key = ?').run(`Session ${index}`, key);
      }
      if ((age === '0.8.4' || age === 'newest') && index % 4 === 0) {
        database.prepare("UPDATE session_metadata SET agent_alias = 'scout' WHERE session_key = ?").run(key);
      }
    }
  }
  database.exec('COMMIT');
  if (size.fullText !== false) database.exec("INSERT INTO sessions_fts(sessions_fts) VALUES ('rebuild')");
  database.exec(zeroclawTriggers(age));
  database.close();
}
