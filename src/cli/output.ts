import type { LoadedMessages } from '../backend/SessionBackend';
import { plural, relativeTime } from '../shared/format';
import type { Message, Problem, SessionMetadata, StoreLocation } from '../shared/session';
import { labelOf } from '../shared/sessionState';
import { visibleLine } from '../shared/visibleText';

/** Writes to a stream and waits where it is full, so that a big answer never piles up in memory. */
export type Write = (text: string) => Promise<void>;

/** A session of one of the stores at the given path. */
export interface Listed {
  readonly store: StoreLocation;
  readonly session: SessionMetadata;
}

/** One entry of `list --json`. Fields are only ever added. */
function listEntry({ store, session }: Listed): Record<string, unknown> {
  return {
    key: session.key,
    name: session.name,
    title: session.title ?? null,
    createdAt: session.createdAt,
    lastActivity: session.lastActivity,
    messageCount: session.messageCount ?? 0,
    state: session.state,
    turnId: session.turnId,
    turnStartedAt: session.turnStartedAt,
    origin: session.origin,
    size: session.size,
    attributes: session.attributes,
    problems: session.problems,
    store: { kind: store.kind, path: store.path, role: store.role },
  };
}

export async function writeListJson(listed: readonly Listed[], write: Write): Promise<void> {
  await write('[');
  for (const [index, each] of listed.entries()) {
    await write(`${index === 0 ? '\n ' : ',\n '}${JSON.stringify(listEntry(each))}`);
  }
  await write(listed.length === 0 ? ']\n' : '\n]\n');
}

export async function writeList(listed: readonly Listed[], now: number, write: Write): Promise<void> {
  if (listed.length === 0) return write('No sessions.\n');
  for (const { session } of listed) {
    const time = Date.parse(session.lastActivity ?? '');
    const label = visibleLine(labelOf(session));
    const columns = [
      Number.isNaN(time) ? '' : relativeTime(time, now),
      session.state ?? '',
      plural(session.messageCount ?? 0, 'message'),
    ];
    const [when = '', state = '', count = ''] = columns;
    const problems = session.problems.length > 0 ? `  [${plural(session.problems.length, 'problem')}]` : '';
    const key = visibleLine(session.key);
    await write(`${when.padEnd(12)} ${state.padEnd(8)} ${count.padStart(14)}  ${key}`);
    await write(`${label === key ? '' : `  ${label}`}${problems}\n`);
  }
}

export function messageJson({ index, role, content, createdAt }: Message): string {
  return JSON.stringify({ index, role, content, createdAt });
}

export function problemText(problem: Problem): string {
  return `${problem.severity}: ${visibleLine(problem.message)}`;
}

export async function writeMessages(loaded: LoadedMessages, write: Write): Promise<void> {
  for (const message of loaded.messages) {
    const time = message.createdAt === null ? '' : ` · ${message.createdAt}`;
    await write(`── ${message.index} · ${visibleLine(message.role)}${time}\n${terminalText(message.content)}\n\n`);
  }
}

/** Text that cannot steer the terminal: control characters but tab and line feed are spelt out. */
function terminalText(text: string): string {
  return text.split('\n').map(visibleKeepingTabs).join('\n');
}

function visibleKeepingTabs(line: string): string {
  return line.split('\t').map(visibleLine).join('\t');
}
