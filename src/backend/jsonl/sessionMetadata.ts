import type { Problem, SessionMetadata } from '../../shared/session';
import type { LineIndex } from './lineIndex';
import { MAX_LISTED } from './lineIndex';
import type { FileFacts } from './sessionFiles';
import { agentFileName, parseFileName } from './sessionKeys';

const NS_PER_SECOND = 1_000_000_000n;
/** The last day of a JavaScript date. */
const LATEST = 8_640_000_000_000n * NS_PER_SECOND;

// Formatting a date is the dearest part of a list of ten thousand; many share their minute.
let lastMinute = Number.NaN;
let lastMinuteText = '';

/**
 * A time in the form of zeroclaw's own texts: UTC, always `+00:00`, a fraction of 0, 3, 6 or 9 digits as needed (chrono's
 * `to_rfc3339`). `null` for a time that no calendar has.
 */
export function timeText(nanoseconds: bigint): string | null {
  if (nanoseconds > LATEST || nanoseconds < -LATEST) return null;
  let seconds = Number(nanoseconds / NS_PER_SECOND);
  let rest = Number(nanoseconds - BigInt(seconds) * NS_PER_SECOND);
  if (rest < 0) {
    rest += 1_000_000_000;
    seconds--;
  }
  const minute = Math.floor(seconds / 60);
  if (minute !== lastMinute) {
    lastMinuteText = new Date(minute * 60_000).toISOString().slice(0, -7);
    lastMinute = minute;
  }
  const second = seconds - minute * 60;
  const date = `${lastMinuteText}${second < 10 ? '0' : ''}${second}`;
  const digits = rest === 0 ? 0 : rest % 1_000_000 === 0 ? 3 : rest % 1000 === 0 ? 6 : 9;
  const fraction = digits === 0 ? '' : `.${String(rest).padStart(9, '0').slice(0, digits)}`;
  return `${date}${fraction}+00:00`;
}

/**
 * One line of the list. `index`: `null` when the file has not been read (the numbers are then `undefined`).
 * `failure`: why it could not be read. As zeroclaw 0.7.5 and later, both times are the file's modification time.
 */
export function metadataOf(
  facts: FileFacts,
  index: LineIndex | null,
  names: (name: string) => boolean,
  failure: Problem | null = facts.problem,
): SessionMetadata {
  const { key, origin } = parseFileName(facts.name) ?? { key: facts.name, origin: 'live' as const };
  const time = facts.identity.ino === '' ? null : timeText(facts.identity.modifiedNs);
  const isLoaded = origin !== 'live' || agentFileName(key) === facts.name;
  const messageCount = failure ? 0 : isLoaded ? index?.totalMessages : index ? 0 : undefined;
  const problems: Problem[] = failure ? [failure] : [];
  if (!isLoaded && !failure) problems.push(notLoaded(facts.name, key, index, names));
  if (index && !failure) problems.push(...indexProblems(facts.name, index));
  return {
    key,
    origin,
    name: null,
    title: failure ? null : index?.title,
    createdAt: time,
    lastActivity: time,
    messageCount,
    state: null,
    turnId: null,
    turnStartedAt: null,
    size: facts.identity.size,
    attributes: {},
    problems,
  };
}

/** Problems of a file's lines, in file order. */
export function indexProblems(name: string, index: LineIndex): Problem[] {
  const problems: Problem[] = index.listed.map(({ line, offset, reason }) => ({
    code: 'unreadable-line',
    severity: 'warning',
    message: `Line ${line + 1} of ${name} cannot be read, the agent skips it: ${reason}.`,
    line: line + 1,
    offset,
  }));
  const more = index.totalUnreadable - index.listed.length;
  if (more > 0) {
    const message = `${count(more, 'more unreadable line')} in ${name}; only the first ${MAX_LISTED.toLocaleString('en')} are listed.`;
    problems.push({ code: 'more-problems', severity: 'warning', message });
  }
  if (index.torn) {
    problems.push({
      code: 'torn-line',
      severity: 'warning',
      message: `The last line of ${name} has no line feed: what the agent writes next is glued on to it, and both become unreadable.`,
      line: index.lines + 1,
      offset: index.torn.offset,
    });
  }
  return problems;
}

function notLoaded(name: string, key: string, index: LineIndex | null, exists: (name: string) => boolean): Problem {
  const wanted = agentFileName(key);
  const holds = index ? ` The file really holds ${count(index.totalMessages, 'message')}.` : '';
  const instead = exists(wanted) ? `, which is another session's file` : ', which does not exist';
  const message = `The agent lists ${name} but loads nothing from it: it looks for ${wanted}${instead}.${holds} Rename the file to let the agent find it.`;
  return { code: 'not-loaded-by-agent', severity: 'warning', message };
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}
