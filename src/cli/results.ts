import { formatSize, plural, relativeTime } from '../shared/format';
import type { HistoryEntry, OperationPlan, OperationResult, ReverseResult, TrashItem } from '../shared/operations';
import { visibleLine } from '../shared/visibleText';
import type { Write } from './output';

/** Lines of a list that a terminal is given; `--json` has all. */
const SHOWN = 50;

async function lines(write: Write, all: readonly string[]): Promise<void> {
  for (const line of all.slice(0, SHOWN)) await write(`${line}\n`);
  if (all.length > SHOWN)
    await write(`  ... and ${plural(all.length - SHOWN, 'more line', 'more lines')} (--json has all)\n`);
}

const named = (key: string, label: string): string =>
  label === key ? visibleLine(key) : `${visibleLine(key)}  ${visibleLine(label)}`;

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}

/** What `--dry-run` shows. */
export async function writePlan(plan: OperationPlan, write: Write): Promise<void> {
  const { sessions, skipped, messages, bytes } = plan;
  await write(
    `Would change ${plural(sessions.length, 'session')} (${plural(messages, 'message')}, ${formatSize(bytes)}). Nothing was changed.\n`,
  );
  await lines(write, [
    ...sessions.map(({ key, label, messages: count, notes, warnings }) =>
      [`  ${named(key, label)}  ${plural(count, 'message')}`, ...notes, ...warnings].join(' · '),
    ),
    ...skipped.map(({ key, label, reason }) => `  skipped: ${named(key, label)}: ${reason}`),
    ...plan.notes,
    ...plan.warnings.map((warning) => `warning: ${warning}`),
  ]);
}

export async function writeResult(result: OperationResult, write: Write): Promise<void> {
  const { entry, skipped, failures, dropped, notes, sessions } = result;
  await write(`${visibleLine(result.summary)}${entry === null ? '' : ` Undo: agent-sessions undo ${entry}`}\n`);
  await lines(write, [
    ...sessions.flatMap(({ key, newKey, notes: own }) => [
      ...(newKey === undefined ? [] : [`  ${visibleLine(key)} is now ${visibleLine(newKey)}`]),
      ...own.map((note) => `  ${visibleLine(key)}: ${note}`),
    ]),
    ...dropped.map(({ key, place, reason }) => `  dropped: ${visibleLine(key)}, ${place}: ${visibleLine(reason)}`),
    ...skipped.map(({ key, label, reason }) => `  skipped: ${named(key, label)}: ${reason}`),
    ...failures.map(({ key, message }) => `  failed: ${visibleLine(key)}: ${visibleLine(message)}`),
    ...notes,
  ]);
}

export async function writeReversed(result: ReverseResult, write: Write): Promise<void> {
  await write(`${visibleLine(result.summary)}\n`);
  await lines(write, [
    ...result.conflicts.flatMap(({ key, message, choices }) => [
      `  ${visibleLine(key)}: ${visibleLine(message)}`,
      ...choices.map(({ id, description }) => `    --choice ${id}: ${description}`),
    ]),
    ...result.failures.map(({ key, message }) => `  failed: ${visibleLine(key)}: ${visibleLine(message)}`),
  ]);
}

export async function writeHistory(entries: readonly HistoryEntry[], now: number, write: Write): Promise<void> {
  if (entries.length === 0) return write('Nothing has been changed.\n');
  for (const { id, at, summary, items, operation } of entries) {
    const undone = items.every(({ status }) => status === 'undone') ? '  [undone]' : '';
    const words = visibleLine(summary || operation);
    await write(`${String(id).padStart(5)}  ${relativeTime(Date.parse(at), now).padEnd(12)} ${words}${undone}\n`);
  }
}

export async function writeTrash(items: readonly TrashItem[], now: number, write: Write): Promise<void> {
  if (items.length === 0) return write('The trash is empty.\n');
  for (const { item, at, key, label, messages, bytes, store } of items) {
    const facts = `${plural(messages, 'message')}, ${formatSize(bytes)}`;
    await write(
      `${String(item).padStart(5)}  ${relativeTime(Date.parse(at), now).padEnd(12)} ${named(key, label)}  (${facts}, ${store.path})\n`,
    );
  }
}
