/**
 * Corpora for the search: 10,000 sessions with 1,000,000 messages and about 500 MB of text, as a database and as JSONL
 * files, with words of known frequency. The vocabulary is large and falls off as in real language; a tenth of the
 * messages holds other scripts.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { chronoTime, openAsZeroclaw, zeroclawTables, zeroclawTriggers } from '../../support/zeroclawSchema';
import { type Random, random } from './jsonl';

export interface SearchCorpusSize {
  readonly sessions: number;
  readonly messagesPerSession: number;
  /** Characters of a message, on average. */
  readonly average: number;
}

/** Each of them stands in 0.1 % of the messages, as a word of its own. */
export const RARE_WORDS = ['zephyrine', 'quillwort', 'obsidianus', 'marzipane', 'larkspur', 'vermicule', 'saltpetre', 'tourmaline', 'foxglove', 'gyrfalcon']; // biome-ignore format: a list of words
/** Each of them stands in 6 % of the messages. */
export const COMMON_WORDS = ['harbour', 'compiler', 'scheduler', 'telemetry'];
/** Stands in 0.1 % of the messages inside of an identifier only (`omega_delta_epsilon_42`). */
export const INSIDE_OF_WORDS = 'ta_epsil';

const CONSONANTS = 'b c d f g h j k l m n p r s t v w z br ch cl dr fl gr pl pr sh sl sp st th tr'.split(' ');
const VOWELS = 'a e i o u ai ea io ou'.split(' ');
const FOREIGN = ['schöne Grüße', '你好，请检查一下日志', 'как дела с релизом?', 'naïve café', 'デプロイが完了しました', 'مرحبا', '🦀']; // biome-ignore format: a list of phrases

function vocabulary(r: Random, size: number): string[] {
  const words = new Set<string>();
  while (words.size < size) {
    let word = '';
    for (let syllable = 0; syllable < 1 + r.int(3); syllable++) word += r.pick(CONSONANTS) + r.pick(VOWELS);
    if (r.next() < 0.6) word += r.pick(['n', 's', 't', 'r', 'd', 'ng', 'ck']);
    words.add(word);
  }
  return [...words];
}

/** Sentences are made once and dealt out: a million messages take seconds then. */
function sentences(r: Random, words: readonly string[], count: number): string[] {
  return Array.from({ length: count }, () => {
    const parts: string[] = [];
    for (let word = 0; word < 8 + r.int(12); word++) {
      // Squared twice: a few words are everywhere, most are rare.
      parts.push(words[Math.floor(r.next() ** 4 * words.length)] ?? 'the');
    }
    if (r.next() < 0.1) parts.splice(3, 0, `src/${parts[0]}/${parts[1]}.ts:${r.int(900)}`);
    return `${parts.join(' ')}${r.pick(['.', '.', '.', '?', '!', ':'])} `;
  });
}

interface Generator {
  message(number: number, position: number, time: number): { readonly role: string; readonly content: string };
}

function generator(average: number): Generator {
  const r = random(4);
  const pool = sentences(r, vocabulary(r, 30_000), 60_000);
  const text = (number: number, length: number): string => {
    let words = '';
    RARE_WORDS.forEach((word, index) => {
      if (number % 1000 === 37 + index * 91) words += `${word} `;
    });
    COMMON_WORDS.forEach((word, index) => {
      if ((number + index * 11) % 50 < 3) words += `${word} `;
    });
    if (number % 1000 === 11) words += `omega_del${INSIDE_OF_WORDS}on_${number % 97} `;
    if (number % 10 === 4) words += `${r.pick(FOREIGN)} `;
    let whole = '';
    while (whole.length < length) whole += r.pick(pool);
    return `${whole.slice(0, 20)} ${words}${whole.slice(20)}`;
  };
  return {
    message(number, position, time) {
      const length = average * (0.3 + r.next() * 1.2);
      switch (position % 8) {
        case 2: {
          const args = JSON.stringify({ command: `grep -rn "${r.pick(pool).trim()}" src/` });
          const calls = [{ arguments: args, id: `call_${position}`, name: 'shell' }];
          const reasoning = text(number, length);
          return {
            role: 'assistant',
            content: JSON.stringify({ content: null, reasoning_content: reasoning, tool_calls: calls }),
          };
        }
        case 3:
          return {
            role: 'tool',
            content: JSON.stringify({ content: text(number, length * 1.6), tool_call_id: `call_${position - 1}` }),
          };
        case 0: {
          const stamp = new Date(time).toISOString().slice(0, 19).replace('T', ' ');
          return { role: 'user', content: `[${stamp} UTC] ${text(number, length * 0.6)}` };
        }
        default:
          return { role: position % 2 === 0 ? 'user' : 'assistant', content: text(number, length) };
      }
    },
  };
}

const firstTime = Date.UTC(2026, 5, 1, 8);
const key = (session: number): string =>
  `${['telegram', 'slack', 'matrix', 'gw'][session % 4]}_${String(session).padStart(6, '0')}_user`;

/** A zeroclaw database with its full-text index; `file` must not exist. */
export function makeSearchDatabase(file: string, { sessions, messagesPerSession, average }: SearchCorpusSize): void {
  const make = generator(average);
  const database = openAsZeroclaw(file);
  database.pragma('synchronous = OFF');
  database.exec(zeroclawTables('newest'));
  const insert = database.prepare('INSERT INTO sessions (session_key, role, content, created_at) VALUES (?, ?, ?, ?)');
  const metadata = database.prepare(
    'INSERT INTO session_metadata (session_key, created_at, last_activity, message_count) VALUES (?, ?, ?, ?)',
  );
  database.exec('BEGIN');
  let number = 0;
  for (let session = 0; session < sessions; session++) {
    for (let position = 0; position < messagesPerSession; position++) {
      const time = firstTime + number * 700;
      const { role, content } = make.message(number++, position, time);
      insert.run(key(session), role, content, chronoTime(time));
    }
    metadata.run(key(session), chronoTime(firstTime), chronoTime(firstTime + number * 700), messagesPerSession);
  }
  database.exec('COMMIT');
  database.exec("INSERT INTO sessions_fts(sessions_fts) VALUES ('rebuild')");
  database.exec(zeroclawTriggers('newest'));
  database.close();
}

/** The same messages as JSONL files, newest session last in time. */
export function makeSearchFiles(folder: string, { sessions, messagesPerSession, average }: SearchCorpusSize): void {
  const make = generator(average);
  let number = 0;
  for (let session = 0; session < sessions; session++) {
    let lines = '';
    for (let position = 0; position < messagesPerSession; position++) {
      lines += `${JSON.stringify(make.message(number, position, firstTime + number * 700))}\n`;
      number++;
    }
    const file = path.join(folder, `${key(session)}.jsonl`);
    fs.writeFileSync(file, lines);
    const time = (firstTime + number * 700) / 1000;
    fs.utimesSync(file, time, time);
  }
}
