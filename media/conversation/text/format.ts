/** Numbers, sizes and times as the page writes them. */
import { formatNumber, formatSize, fullTime as fullLocalTime, relativeTime } from '../../../src/shared/format';
import { strings } from '../strings';

export { formatNumber, formatSize, relativeTime };

const locale = 'en-GB';
const days = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const short = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** For a message: how long ago within a day; the clock time as well before that. */
export function messageTime(time: number, now: number): string {
  const relative = relativeTime(time, now);
  return Math.abs(now - time) < day ? relative : `${relative}, ${clock.format(time)}`;
}

/** Milliseconds of an RFC 3339 text, or `null`. */
export function parseTime(text: string | null | undefined): number | null {
  if (!text || !/^\d{4}-\d\d-\d\d/.test(text)) return null;
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time;
}

/**
 * The wall clock of a time that the agent wrote into the text ("2026-08-20 10:00:00 CEST"). Its zone is often an
 * abbreviation that nothing resolves, so it only compares with others of its kind.
 */
export function parseStatedTime(text: string | undefined): number | null {
  const match = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d))?/.exec(text ?? '');
  if (!match) return null;
  const [year = 0, month = 0, date = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part) => Number(part ?? 0));
  const time = new Date(year, month - 1, date, hours, minutes, seconds).getTime();
  return Number.isNaN(time) ? null : time;
}

/** Everything about a time, for the tooltip: in the local zone, then the store's own text. */
export function fullTime(text: string): string {
  const time = parseTime(text);
  return time === null ? text : `${fullLocalTime(time)}\n${text}`;
}

export function shortTime(time: number): string {
  return short.format(time);
}

export function dayLabel(time: number): string {
  return days.format(time);
}

export function sameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** "850 ms", "4.2 s", "3 min 12 s", "2 h 5 min", "3 d 4 h". */
export function formatDuration(milliseconds: number): string {
  const { units } = strings;
  if (milliseconds < second) return `${Math.round(milliseconds)} ${units.millisecond}`;
  if (milliseconds < 9950) return `${(milliseconds / second).toFixed(1)} ${units.second}`;
  if (milliseconds < minute - second / 2) return `${Math.round(milliseconds / second)} ${units.second}`;
  const pairs: [number, string, number, string][] = [
    [day, units.day, hour, units.hour],
    [hour, units.hour, minute, units.minute],
    [minute, units.minute, second, units.second],
  ];
  for (const [big, bigUnit, small, smallUnit] of pairs) {
    const rounded = Math.round(milliseconds / small) * small;
    if (rounded < big) continue;
    const rest = Math.round((rounded % big) / small);
    return `${formatNumber(Math.floor(rounded / big))} ${bigUnit}${rest > 0 ? ` ${rest} ${smallUnit}` : ''}`;
  }
  return '';
}
