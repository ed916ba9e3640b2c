/** Numbers, sizes and times as the screen shows them, the same in tree and page. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 12,431 */
export function formatNumber(value: number): string {
  return NUMBER.format(value);
}

/** "1 message", "12,431 messages" */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`;
}

/** Bytes as B, kB, MB, GB (powers of 1,000), three digits at the most. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  for (const [unit, size] of [
    ['kB', 1e3],
    ['MB', 1e6],
  ] as const) {
    const value = bytes / size;
    if (value < 999.5) return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
  }
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** "now", "5 min ago", "3 h ago", "yesterday", "5 days ago", "12 Mar", "12 Mar 2024". A time ahead of the clock by more than a minute is given as a date. */
export function relativeTime(time: number, now: number): string {
  const age = now - time;
  if (age < -MINUTE) return shortDate(time, now);
  if (age < MINUTE) return 'now';
  if (age < HOUR) return `${Math.floor(age / MINUTE)} min ago`;
  if (age < DAY) return `${Math.floor(age / HOUR)} h ago`;
  if (age < 2 * DAY) return 'yesterday';
  if (age < 14 * DAY) return `${Math.floor(age / DAY)} days ago`;
  return shortDate(time, now);
}

// Made once: a formatter costs a hundred times what it formats, and a list has thousands of rows.
const DAY_AND_MONTH = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const DAY_MONTH_YEAR = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const FULL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' });
const NUMBER = new Intl.NumberFormat('en-US');

function shortDate(time: number, now: number): string {
  const date = new Date(time);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return (sameYear ? DAY_AND_MONTH : DAY_MONTH_YEAR).format(date);
}

/** Full local time, for a hover. */
export function fullTime(time: number): string {
  return FULL.format(time);
}
