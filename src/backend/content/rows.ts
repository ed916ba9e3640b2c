import type { ConversationRow } from '../../shared/conversationProtocol';
import type { StoreEntry } from '../SessionBackend';
import { cutForScreen } from './cut';
import { parseContent } from './parse';

/** What the page draws for one place of the store: parsed, and cut to what a screen can use. */
export function conversationRow(entry: StoreEntry): ConversationRow {
  switch (entry.kind) {
    case 'blank':
      return { kind: 'blank', row: entry.row };
    case 'unreadable':
      return {
        kind: 'unreadable',
        row: entry.row,
        place: entry.place,
        reason: entry.reason,
        size: entry.size,
        excerpt: entry.excerpt,
      };
    case 'message':
      return {
        kind: 'message',
        row: entry.row,
        role: entry.role,
        createdAt: entry.createdAt,
        size: entry.size,
        place: entry.place,
        ...cutForScreen(parseContent(entry.role, entry.content), entry.size),
      };
  }
}

/** The data URI of a message's `index`-th inline image, `null` when there is none. */
export function imageOf(entry: StoreEntry | undefined, index: number): string | null {
  if (entry?.kind !== 'message') return null;
  for (const block of parseContent(entry.role, entry.content).blocks) {
    if (block.type === 'image' && block.source.kind === 'data' && block.source.index === index) {
      return block.source.uri ?? null;
    }
  }
  return null;
}
