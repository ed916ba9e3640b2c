import { isRfc3339 } from '../timestamps';

const offset = /(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Now in the form of zeroclaw's on Linux: nine digits and `+00:00`, so that comparing as text is comparing times. */
export function chronoNow(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -1)}000000+00:00`;
}

/** The same, but never before what the store says already in that millisecond: our clock knows no finer ones. */
export function chronoNowAfter(milliseconds: number, known: unknown): string {
  const text = chronoNow(milliseconds);
  return typeof known === 'string' && known > text && known.slice(0, 23) === text.slice(0, 23) ? known : text;
}

/** A time from elsewhere in the store's form; `null` when it is none. Digits of the fraction stay. */
export function chronoOf(text: string | null): string | null {
  if (text === null || !isRfc3339(text)) return null;
  const match = offset.exec(text);
  const [, sign, hours, minutes] = match ?? [];
  const plain = text.slice(0, match?.index).replace(/[t ]/, 'T');
  const shift = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
  if (shift === 0) return `${plain}+00:00`;
  const moved = Date.parse(`${plain.slice(0, 19)}Z`) - shift * 60_000;
  return Number.isNaN(moved) ? null : `${new Date(moved).toISOString().slice(0, 19)}${plain.slice(19)}+00:00`;
}
