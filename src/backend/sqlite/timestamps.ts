/** RFC 3339 as chrono's parser takes it: a space or `t` for the `T`, any number of digits in the fraction. */
const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
/** What nearly every text is: no day that a month might lack. The common case must be cheap, lists hold thousands. */
const plain =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;
const daysInMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** True when zeroclaw can read the text as a time. */
export function isRfc3339(text: string): boolean {
  if (plain.test(text)) return true;
  const match = rfc3339.exec(text);
  if (!match) return false;
  const month = Number(match[2]);
  const day = Number(match[3]);
  if (day < 1 || day > (daysInMonth[month - 1] ?? 0)) return false;
  // Only 29 February is left to doubt.
  if (month === 2 && day === 29) {
    const year = Number(match[1]);
    if (year % 4 !== 0 || (year % 100 === 0 && year % 400 !== 0)) return false;
  }
  // 60 is a leap second.
  return Number(match[4]) < 24 && Number(match[5]) < 60 && Number(match[6]) <= 60;
}

/**
 * A time in chrono's `to_rfc3339()` form, for comparison as text with what zeroclaw wrote: `+00:00` and never `Z`,
 * which sorts after digits; no fraction when there is none. `null` for a time outside the range of dates.
 */
export function chronoText(milliseconds: number): string | null {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return null;
  return date.toISOString().replace(/(?:\.000)?Z$/, '+00:00');
}
