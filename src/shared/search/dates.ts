/** Dates as people type them into a query, in local time. */

const CALENDAR = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:\d{2})?)?)?)?$/i;
const AGO = /^(\d{1,6})(mo|[mhdwy])$/i;
const MINUTE = 60_000;

/** What can stand for a date, for messages to the user. */
export const DATE_FORMS = '2026-11-20T10:00, 2026-11-20, 2026-11, today, yesterday, 7h, 7d or 3mo';

/** Milliseconds since the epoch at which a date begins, or `null`: it is none. `now` likewise; "7d" is 7 days before it. */
export function parseDate(text: string, now: number): number | null {
  const word = text.toLowerCase();
  if (word === 'today' || word === 'yesterday') {
    const date = new Date(now);
    return new Date(date.getFullYear(), date.getMonth(), date.getDate() - (word === 'today' ? 0 : 1)).getTime();
  }
  const ago = AGO.exec(text);
  return ago ? timeAgo(Number(ago[1]), (ago[2] ?? '').toLowerCase(), now) : calendarTime(text);
}

function timeAgo(count: number, unit: string, now: number): number | null {
  const date = new Date(now);
  switch (unit) {
    case 'm':
      return now - count * MINUTE;
    case 'h':
      return now - count * 60 * MINUTE;
    case 'mo':
    case 'y': {
      const day = date.getDate();
      date.setDate(1);
      date.setMonth(date.getMonth() - (unit === 'y' ? 12 * count : count));
      // 31 March less a month is the last of February.
      date.setDate(Math.min(day, new Date(date.getFullYear(), date.getMonth() + 1, 0).getDate()));
      break;
    }
    default:
      date.setDate(date.getDate() - count * (unit === 'w' ? 7 : 1));
  }
  const time = date.getTime();
  return Number.isNaN(time) ? null : time;
}

function calendarTime(text: string): number | null {
  const match = CALENDAR.exec(text);
  if (!match) return null;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => (part === undefined ? undefined : Number(part)));
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const zone = match[7];
  if (zone !== undefined) {
    const time = Date.parse(text.toUpperCase());
    return Number.isNaN(time) ? null : time;
  }
  const date = new Date(2000, 0, 1, hour, minute, second);
  // Set apart: the constructor takes the years 0 to 99 for those of the last century.
  date.setFullYear(year, month - 1, day);
  return date.getTime();
}

function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}
