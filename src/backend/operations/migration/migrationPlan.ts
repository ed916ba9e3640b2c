import * as fs from 'node:fs';
import * as path from 'node:path';
import { plural, relativeTime } from '../../../shared/format';
import type { OperationPlan, PlannedSession, SkippedSession } from '../../../shared/operations';
import type { SessionMetadata, StoreLocation } from '../../../shared/session';
import { labelOf } from '../../../shared/sessionState';
import type { SessionBackend } from '../../SessionBackend';
import type { OperationDeps } from '../BatchOperation';
import { planOf } from '../plans';
import type { MigrateRequest } from './openMigration';
import { freeKey, IN_TARGET } from './placement';
import { candidateOf, isCandidate, refusalOf } from './sources';

/** An agent that has written within this time (milliseconds) is taken to be alive. */
const RECENT = 10 * 60_000;

/** What a file holds that is no session: it stays, and is named. */
export const GARBAGE = 'none of its lines is a message the agent could read';

/** What a migration would do. `detail` quick: without reading the files. Reads only. */
export async function planMigration(
  request: MigrateRequest,
  target: StoreLocation,
  deps: OperationDeps,
  detail: 'quick' | 'full',
  signal: AbortSignal | undefined,
): Promise<OperationPlan> {
  const folder = request.store.path;
  const backend = await deps.open(request.store);
  const all = await backend.listSessionsWithMetadata({ detail, signal });
  const database = fs.existsSync(target.path) ? await deps.open(target) : null;
  const sessions: PlannedSession[] = [];
  const skipped: SkippedSession[] = [];
  const garbage: string[] = [];
  for (const session of chosen(request, all)) {
    signal?.throwIfAborted();
    const { key } = session;
    const label = labelOf(session);
    const candidate = candidateOf(folder, key);
    const isGarbage = session.messageCount === 0 && session.problems.some(({ code }) => code === 'unreadable-line');
    const refusal = session.origin === 'migrated' ? 'it has been migrated before' : refusalOf(candidate);
    const reason = refusal ?? (isGarbage ? GARBAGE : undefined);
    if (isGarbage && refusal === undefined) garbage.push(candidate.files.name);
    const note = reason === undefined ? await existingNote(request, candidate, database, backend) : { reason };
    if ('reason' in note) skipped.push({ key, label, reason: note.reason });
    else {
      const { messageCount: messages = 0, size } = session;
      const notes = [...note.notes, ...fileNotes(session, candidate.isLeftOver)];
      sessions.push({ key, label, messages, bytes: size ?? 0, notes, warnings: [] });
    }
  }
  for (const key of request.keys ?? []) {
    if (!all.some((session) => session.key === key))
      skipped.push({ key, label: key, reason: 'it does not exist (any more)' });
  }
  const warnings = [
    ...agentWarning(all, deps.context.now()),
    ...backendWarning(folder, target.path),
    ...garbageWarning(garbage),
  ];
  const notes = database ? [] : [`${target.path} will be created.`];
  return planOf('migrate', { sessions, skipped, warnings, notes });
}

/** In the order in which zeroclaw imports: what an import has left first, then by name. */
function chosen(request: MigrateRequest, all: readonly SessionMetadata[]): SessionMetadata[] {
  const keys = request.keys && new Set(request.keys);
  const wanted = all.filter((session) => (keys ? keys.has(session.key) : isCandidate(session)));
  const rank = ({ origin }: SessionMetadata): number => (origin === 'importing' ? 0 : 1);
  return wanted.sort((a, b) => rank(a) - rank(b) || (a.key < b.key ? -1 : 1));
}

async function existingNote(
  { existing }: MigrateRequest,
  { key, isLeftOver }: ReturnType<typeof candidateOf>,
  database: SessionBackend | null,
  backend: SessionBackend,
): Promise<{ readonly notes: readonly string[] } | { readonly reason: string }> {
  if (!database || !(await database.exists(key))) return { notes: [] };
  // Whether it is this very file that was imported is found out when its turn comes.
  if (isLeftOver) return { notes: ['an interrupted import: its messages may be in the database already'] };
  if (existing === 'skip') return { reason: IN_TARGET };
  if (existing === 'append-missing')
    return { notes: ['in the target already: only what is missing at its end is added'] };
  const other = await freeKey(key, async (name) => (await database.exists(name)) || backend.exists(name));
  return { notes: [`in the target already: becomes ${other}`] };
}

function fileNotes({ problems }: SessionMetadata, isLeftOver: boolean): string[] {
  const lines = problems.filter(({ code }) => code === 'unreadable-line').length;
  const notes = lines > 0 ? [`${plural(lines, 'unreadable line')} are left behind in the .migrated file`] : [];
  return isLeftOver ? ['left by an import that was interrupted', ...notes] : notes;
}

function agentWarning(all: readonly SessionMetadata[], now: number): string[] {
  const times = all.map(({ lastActivity }) => Date.parse(lastActivity ?? '')).filter((time) => now - time < RECENT);
  if (times.length === 0) return [];
  return [
    `An agent seems to be running here: it last wrote ${relativeTime(Math.max(...times), now)}. What it writes meanwhile is taken in, but it is better stopped first.`,
  ];
}

function backendWarning(folder: string, database: string): string[] {
  if (path.dirname(database) !== path.resolve(folder)) return [];
  return [
    'Set session_backend to "sqlite" in zeroclaw\'s config.toml: with an import in the database its newest version refuses to write JSONL files in this folder.',
  ];
}

function garbageWarning(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const [first = ''] = names;
  const which = names.length === 1 ? `${first} holds` : `${first} and ${formatCount(names.length - 1)} hold`;
  return [
    `${which} nothing that can be read and stays. Move it away: its presence keeps zeroclaw's newest version from opening the database.`,
  ];
}

function formatCount(count: number): string {
  return plural(count, 'other file', 'other files');
}
