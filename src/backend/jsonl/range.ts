import type { Range } from '../SessionBackend';
import type { Span } from './pageReader';

/** A range of a list of `total` as half-open positions, cut to what there is. A negative `from` counts from the end. */
export function resolveRange(range: Range | undefined, total: number): Span {
  if (!range) return { from: 0, end: total };
  const wanted = range.from < 0 ? total + range.from : range.from;
  const from = Math.min(total, Math.max(0, Math.trunc(wanted)));
  return { from, end: Math.min(total, from + Math.max(0, Math.trunc(range.count))) };
}
