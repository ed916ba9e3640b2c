import type { IndexSummary, TornLine, UnreadableLine } from './lineIndex';
import type { FileIdentity } from './sessionFiles';

/** One file in the cache: the state it was indexed in, and what was found. */
export interface CachedSummary {
  readonly identity: FileIdentity;
  readonly summary: IndexSummary;
}

const TORN_KINDS = ['message', 'blank', 'unreadable'] as const;

/** A row of the cache file: an array, since ten thousand of them are read at every start. */
export function encodeSummary({ identity, summary: s }: CachedSummary): unknown[] {
  const torn = s.torn && [s.torn.kind, s.torn.offset, s.torn.size, s.torn.reason, s.torn.fingerprint];
  const listed = s.listed.map((one) => [one.line, one.offset, one.reason]);
  const counts = [s.lines, s.messages, s.blank, s.unreadable, s.end, s.titleTries];
  const { dev, ino, size, modifiedNs } = identity;
  return [dev, ino, size, String(modifiedNs), counts, s.title, s.fingerprint, s.lineage, torn, listed];
}

/** The opposite; `null` for anything that `encodeSummary` cannot have written. */
export function decodeSummary(row: unknown): CachedSummary | null {
  if (!Array.isArray(row)) return null;
  const [dev, ino, size, modified, counts, title, fingerprint, lineage, torn, listed]: unknown[] = row;
  if (!isText(dev) || !isText(ino) || !isCount(size) || !isText(modified) || !/^-?\d+$/.test(modified)) return null;
  if (!isText(fingerprint) || !isText(lineage) || !(title === null || isText(title)) || !Array.isArray(counts))
    return null;
  const [lines, messages, blank, unreadable, end, titleTries]: unknown[] = counts;
  if (!isCount(lines) || !isCount(messages) || !isCount(blank) || !isCount(unreadable)) return null;
  if (!isCount(end) || !isCount(titleTries) || lines !== messages + blank + unreadable || end > size) return null;
  const tornLine = torn === null ? null : decodeTorn(torn);
  const unreadableLines = decodeListed(listed);
  if (tornLine === undefined || !unreadableLines) return null;
  return {
    identity: { dev, ino, size, modifiedNs: BigInt(modified) },
    summary: {
      lines,
      messages,
      blank,
      unreadable,
      end,
      torn: tornLine,
      listed: unreadableLines,
      title,
      titleTries,
      fingerprint,
      lineage,
    },
  };
}

function decodeTorn(value: unknown): TornLine | undefined {
  if (!Array.isArray(value)) return undefined;
  const [kindValue, offset, size, reason, fingerprint]: unknown[] = value;
  const kind = TORN_KINDS.find((one) => one === kindValue);
  if (!kind || !isCount(offset) || !isCount(size) || !isText(reason) || !isText(fingerprint)) return undefined;
  return { kind, offset, size, reason, fingerprint };
}

function decodeListed(value: unknown): UnreadableLine[] | null {
  if (!Array.isArray(value)) return null;
  const result: UnreadableLine[] = [];
  for (const one of value as unknown[]) {
    if (!Array.isArray(one)) return null;
    const [line, offset, reason]: unknown[] = one;
    if (!isCount(line) || !isCount(offset) || !isText(reason)) return null;
    result.push({ line, offset, reason });
  }
  return result;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
