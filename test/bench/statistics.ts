/** Figures of repeated measurements. These machines are shared: the median says most, the maximum is shown beside it. */

export function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

/** Three significant digits at most. */
export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

/** "31 ms (28 to 40, n = 20)" */
export function spread(values: readonly number[]): string {
  if (values.length === 1) return milliseconds(median(values));
  return `${milliseconds(median(values))} (${milliseconds(Math.min(...values))} to ${milliseconds(Math.max(...values))}, n = ${values.length})`;
}
