/** What an operation did, in full, as a document. Text only, no VS Code. */
import { formatNumber, formatSize, fullTime, plural } from '../shared/format';
import type { HistoryEntry, ItemStatus, OperationResult, ReverseResult, SessionResult } from '../shared/operations';
import { visibleLine } from '../shared/visibleText';

const text = (words: string) => visibleLine(words);

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, '', ...lines, ''];
}

function named(label: string, key: string): string {
  return label === key || key === '' ? text(label) : `${text(label)} (${text(key)})`;
}

function sessionLine({ label, key, messages, bytes, notes, newKey, hash }: SessionResult): string[] {
  const numbers = [messages > 0 ? plural(messages, 'message') : '', bytes > 0 ? formatSize(bytes) : ''].filter(Boolean);
  const first = [`- ${named(label, key)}`, ...numbers].join(', ');
  return [
    newKey === undefined ? first : `${first}, now ${text(newKey)}`,
    ...notes.map((note) => `  - ${text(note)}`),
    ...(hash === undefined ? [] : [`  - read back and compared, SHA-256 ${hash}`]),
  ];
}

/** The report of one operation on one or several stores. */
export function operationReport(results: readonly OperationResult[]): string {
  return results
    .flatMap((result) => [
      `# ${text(result.summary)}`,
      '',
      ...(result.notes.length > 0 ? [...result.notes.map(text), ''] : []),
      ...section(
        `Failed (${formatNumber(result.failures.length)})`,
        result.failures.map(({ label, key, message }) => `- ${named(label, key)}: ${text(message)}`),
      ),
      ...section(
        `Skipped (${formatNumber(result.skipped.length)})`,
        result.skipped.map(({ label, key, reason }) => `- ${named(label, key)}: ${text(reason)}`),
      ),
      ...section(`Done (${formatNumber(result.sessions.length)})`, result.sessions.flatMap(sessionLine)),
      ...section(`Dropped (${formatNumber(result.droppedCount)})`, [
        ...result.dropped.map(({ key, place, bytes, reason }) => {
          const where = result.sessions.length === 1 ? place : `${text(key)}, ${place}`;
          return `- ${where}, ${formatSize(bytes)}: ${text(reason)}`;
        }),
        ...(result.droppedCount > result.dropped.length
          ? [`- and ${formatNumber(result.droppedCount - result.dropped.length)} more`]
          : []),
      ]),
    ])
    .join('\n');
}

/** What an undo or redo could not do. */
export function reversalReport(result: ReverseResult): string {
  return [
    `# ${text(result.summary)}`,
    '',
    ...section(
      `Failed (${formatNumber(result.failures.length)})`,
      result.failures.map(({ label, key, message }) => `- ${named(label, key)}: ${text(message)}`),
    ),
    ...section(
      `Changed since (${formatNumber(result.conflicts.length)})`,
      result.conflicts.map(({ label, key, message }) => `- ${named(label, key)}: ${text(message)}`),
    ),
    ...section(`Done (${formatNumber(result.reversed.length)})`, result.reversed.flatMap(sessionLine)),
  ].join('\n');
}

const STATUS: Readonly<Record<ItemStatus, string>> = {
  prepared: 'not made',
  started: 'not finished',
  done: 'done',
  undoing: 'not finished',
  undone: 'undone',
  redoing: 'not finished',
};

/** One entry of the history. */
export function entryReport(entry: HistoryEntry): string {
  const lines = entry.items.map(({ label, key, status, messages, bytes, purged }) =>
    [
      `- ${named(label, key)}`,
      STATUS[status],
      ...(messages > 0 ? [plural(messages, 'message')] : []),
      ...(bytes > 0 ? [formatSize(bytes)] : []),
      ...(purged ? ['what it took away is gone for good'] : []),
    ].join(', '),
  );
  const time = Date.parse(entry.at);
  return [
    `# ${text(entry.summary) || `Interrupted: ${entry.operation}`}`,
    '',
    `${Number.isNaN(time) ? text(entry.at) : fullTime(time)}, ${text(entry.store.path)}`,
    '',
    ...section(plural(entry.items.length, 'session'), lines),
    ...(entry.planned > entry.items.length
      ? [`${plural(entry.planned - entry.items.length, 'session')} more had been meant.`, '']
      : []),
  ].join('\n');
}
