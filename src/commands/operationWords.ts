/** What the screen says before, during and after an operation. Text only, no VS Code. */
import { formatNumber, formatSize, plural } from '../shared/format';
import type { OperationKind, OperationPlan, OperationProgress, OperationResult } from '../shared/operations';
import { visibleLine } from '../shared/visibleText';

interface Words {
  /** On the button. */
  readonly verb: string;
  /** On the row, while it runs. */
  readonly running: string;
}

const WORDS: Readonly<Record<OperationKind, Words>> = {
  rename: { verb: 'Rename', running: 'renaming' },
  keep: { verb: 'Keep', running: 'changing' },
  append: { verb: 'Append', running: 'appending' },
  'update-last': { verb: 'Change', running: 'changing' },
  'remove-last': { verb: 'Remove', running: 'removing' },
  'remove-messages': { verb: 'Remove', running: 'removing' },
  clear: { verb: 'Clear', running: 'clearing' },
  state: { verb: 'Mark Idle', running: 'changing' },
  compact: { verb: 'Compact', running: 'compacting' },
  'compact-store': { verb: 'Compact', running: 'compacting' },
  migrate: { verb: 'Migrate', running: 'migrating' },
  export: { verb: 'Export', running: 'exporting' },
  cleanup: { verb: 'Delete', running: 'deleting' },
  delete: { verb: 'Delete', running: 'deleting' },
};

export const wordsOf = (operation: OperationKind): Words => WORDS[operation];

/** Names and reasons that a question lists; "and 12 more" stands for the others. */
const LISTED = 6;
const LABEL_LENGTH = 60;
/** One line of a question's window. */
const LISTED_LENGTH = 46;

export function shortLabel(label: string, length = LABEL_LENGTH): string {
  const line = visibleLine(label);
  const letters = [...line];
  return letters.length > length ? `${letters.slice(0, length).join('').trimEnd()}…` : line;
}

const quoted = (label: string) => `"${shortLabel(label)}"`;
const small = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
/** One full stop at the end. */
const sentence = (text: string) => `${capital(text.replace(/[.\s]+$/, ''))}.`;

/** "a", "a, b and 12 more" */
function listed(items: readonly string[], separator: string): string {
  const shown = items.slice(0, LISTED);
  const more = items.length - shown.length;
  return more > 0 ? `${shown.join(separator)}${separator}and ${formatNumber(more)} more` : shown.join(separator);
}

/** The plans of several stores as one. */
export function joinPlans(plans: readonly OperationPlan[]): OperationPlan {
  const [first] = plans;
  if (!first) throw new Error('There is no plan to join.');
  return {
    operation: first.operation,
    sessions: plans.flatMap(({ sessions }) => sessions),
    skipped: plans.flatMap(({ skipped }) => skipped),
    messages: plans.reduce((sum, { messages }) => sum + messages, 0),
    bytes: plans.reduce((sum, { bytes }) => sum + bytes, 0),
    warnings: plans.flatMap(({ warnings }) => warnings),
    notes: plans.flatMap(({ notes }) => notes),
  };
}

export interface Question {
  readonly message: string;
  readonly detail: string;
  readonly verb: string;
}

/** What a question says beside the numbers. */
export interface QuestionContext {
  /** Where it takes place or goes to: a path as users write it. */
  readonly place?: string;
  /** What else is done, as chosen before: a sentence. */
  readonly chosen?: string;
  /** For how long a deleted session can be restored. */
  readonly trashDays: number;
}

/** The numbers of a plan, "214 messages, 1.2 MB"; nothing where they say nothing. */
function amount({ operation, sessions, messages, bytes }: OperationPlan): string {
  // What a single session loses stands in its own note.
  if (operation === 'compact') return sessions.length === 1 ? '' : `${formatSize(bytes)} to drop`;
  return [messages > 0 ? plural(messages, 'message') : '', bytes > 0 ? formatSize(bytes) : '']
    .filter(Boolean)
    .join(', ');
}

function headline(plan: OperationPlan, { place }: QuestionContext): string {
  const { operation, sessions } = plan;
  const [only] = sessions;
  const what = sessions.length === 1 && only ? quoted(only.label) : plural(sessions.length, 'session');
  switch (operation) {
    case 'clear':
      return `Remove all messages of ${what}?`;
    case 'remove-last':
      return `Remove the last message of ${what}?`;
    case 'append':
      return `Append a message to ${what}?`;
    case 'state':
      return `Mark ${what} idle?`;
    case 'compact-store':
      return `Compact ${place ?? 'the store'}?`;
    case 'migrate':
      return `Migrate ${what} to SQLite?`;
    case 'export':
      return `Export ${what} to JSONL?`;
    case 'cleanup':
      return sessions.length === 1
        ? `Delete the idle session ${what}?`
        : `Delete ${formatNumber(sessions.length)} idle sessions from ${place ?? 'the store'}?`;
    default:
      return `${WORDS[operation].verb} ${what}?`;
  }
}

/** What becomes of what is taken away. */
function promise(plan: OperationPlan, { place, trashDays }: QuestionContext): string {
  const days = plural(trashDays, 'day');
  switch (plan.operation) {
    case 'delete':
    case 'cleanup':
      return `You can restore ${plan.sessions.length === 1 ? 'it' : 'them'} from the trash for ${days}.`;
    case 'migrate':
      return `Into ${place ?? 'sessions.db'}. Each session is read back and compared; its file stays where it is, renamed to .jsonl.migrated.`;
    case 'export':
      return `Into ${place ?? 'the folder of the database'}.`;
    case 'compact':
    case 'compact-store':
    case 'clear':
      // Without a session only the file and its index are put in order.
      return plan.sessions.length > 0 ? 'You can undo this.' : '';
    default:
      return '';
  }
}

/** Everything that care is due for. What several sessions share stands there once, with how many they are. */
export function warningsOf(plan: OperationPlan): string[] {
  const concerned = new Map<string, string[]>();
  for (const { label, warnings } of plan.sessions) {
    for (const text of new Set(warnings)) concerned.set(text, [...(concerned.get(text) ?? []), label]);
  }
  const shared = [...concerned].map(([text, [only = '', ...others]]) => {
    if (plan.sessions.length === 1) return sentence(text);
    const who = others.length === 0 ? `"${shortLabel(only, LISTED_LENGTH)}"` : plural(others.length + 1, 'session');
    return `${who}: ${small(sentence(text))}`;
  });
  return [...plan.warnings.map(sentence), ...shared];
}

function sessionsList({ operation, sessions }: OperationPlan): string {
  const [only] = sessions;
  if (sessions.length === 1 && only && operation !== 'compact-store') return only.notes.map(sentence).join('\n');
  // Those of which there is something to say come first: the list may end before the others do.
  const ordered = [
    ...sessions.filter(({ notes }) => notes.length > 0),
    ...sessions.filter(({ notes }) => notes.length === 0),
  ];
  const lines = ordered.map(({ label, notes }) => [shortLabel(label, LISTED_LENGTH), ...notes.slice(0, 1)].join(' – '));
  return listed(lines, '\n');
}

function skippedList(skipped: OperationPlan['skipped']): string {
  if (skipped.length === 0) return '';
  const reasons = skipped.map(
    ({ label, reason }) => `${shortLabel(label, LISTED_LENGTH)} (${reason.replace(/\.$/, '')})`,
  );
  return `Skipped: ${listed(reasons, ', ')}.`;
}

/** The one question before an operation: what it does, in numbers, what it leaves out, and what to be careful about. */
export function questionOf(plan: OperationPlan, context: QuestionContext): Question {
  const numbers = amount(plan);
  const facts = [numbers && `${numbers}.`, ...plan.notes.map(sentence), context.chosen].filter(Boolean).join('\n');
  const paragraphs = [
    facts,
    sessionsList(plan),
    warningsOf(plan).join('\n'),
    skippedList(plan.skipped),
    promise(plan, context),
  ];
  return {
    message: headline(plan, context),
    detail: paragraphs.filter(Boolean).join('\n\n'),
    verb: WORDS[plan.operation].verb,
  };
}

const NOTHING: Readonly<Partial<Record<OperationKind, string>>> = {
  compact: 'Nothing to compact',
  migrate: 'Nothing to migrate',
  export: 'Nothing to export',
  cleanup: 'Nothing to clean up',
  delete: 'Nothing to delete',
  clear: 'Nothing to remove',
  'remove-last': 'Nothing to remove',
};

/** The backend's words where it has no reason to give. */
const NO_REASON = 'there is nothing to do';

/** Why there is nothing to do. */
export function nothingToDo({ operation, skipped }: OperationPlan): string {
  const words = NOTHING[operation] ?? 'Nothing to do';
  const [only] = skipped;
  if (!only) return operation === 'cleanup' ? `${words}: no session has been idle for so long.` : `${words}.`;
  const reasons = new Set(skipped.map(({ reason }) => reason));
  const what = skipped.length === 1 ? quoted(only.label) : plural(skipped.length, 'session');
  if (only.reason === NO_REASON && reasons.size === 1) return `${words} in ${what}.`;
  if (reasons.size === 1) return `${words} in ${what}: ${small(sentence(only.reason))}`;
  return `${words}. ${skippedList(skipped)}`;
}

/** "12 of 200 · telegram_x" */
export function progressWords({ done, total, key }: OperationProgress): string {
  return total === 1 ? visibleLine(key) : `${formatNumber(done + 1)} of ${formatNumber(total)} · ${shortLabel(key)}`;
}

/** Of a database that only its file was put in order of, there is more to tell than that no session has changed. */
function resultWords({ operation, entry, failures, cancelled, notes, summary }: OperationResult): string {
  const isOfStore = operation === 'compact-store' && entry === null && failures.length === 0 && !cancelled;
  return isOfStore && notes.length > 0 ? notes.map(sentence).join(' ') : sentence(summary);
}

/** Why several sessions failed, where all did for the same reason; of a single one the summary says it. */
function failureWords(results: readonly OperationResult[]): string {
  const failures = results.flatMap((result) => result.failures);
  const [reason, ...others] = new Set(failures.map(({ message }) => message));
  return failures.length > 1 && reason !== undefined && others.length === 0 ? ` ${sentence(reason)}` : '';
}

/** What the notification says after an operation on one or several stores; `places`: their names, in the same order. */
export function outcomeWords(results: readonly OperationResult[], planned: number, places: readonly string[]): string {
  const text = results
    .map((result, index) =>
      results.length > 1 ? `In ${places[index]}: ${small(resultWords(result))}` : resultWords(result),
    )
    .join(' ')
    .concat(failureWords(results));
  if (!results.some(({ cancelled }) => cancelled)) return text;
  const done = results.reduce((sum, { sessions, failures }) => sum + sessions.length + failures.length, 0);
  const left = planned - done;
  if (done === 0 || left <= 0) return text;
  return `${text} ${left === 1 ? 'The other one is' : `The other ${formatNumber(left)} are`} as before.`;
}

/** Whether there is more to tell than the notification does. */
export function hasDetails({ failures, skipped, droppedCount, sessions, notes }: OperationResult): boolean {
  return (
    failures.length > 0 ||
    skipped.length > 0 ||
    droppedCount > 0 ||
    notes.length > 0 ||
    sessions.some((session) => session.hash !== undefined || session.notes.length > 0)
  );
}
