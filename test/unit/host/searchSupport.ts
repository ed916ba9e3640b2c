import type { SearchAnswer, SearchHit, SessionHits } from '../../../src/shared/search/answer';

export const STORE = 'jsonl:/w/sessions';

export function hit(key: string, row: number, more: Partial<Extract<SearchHit, { kind: 'message' }>> = {}): SearchHit {
  return {
    kind: 'message',
    store: STORE,
    key,
    row,
    index: row,
    role: 'user',
    createdAt: null,
    part: 'text',
    snippet: `low water ${row}`,
    ranges: [[0, 3]],
    ...more,
  };
}

export function session(key: string, hits: number, more: Partial<SessionHits> = {}): SessionHits {
  return { store: STORE, key, label: `Session ${key}`, lastActivity: '2026-11-20T10:00:00Z', hits, ...more };
}

export function answer(more: Partial<SearchAnswer> = {}): SearchAnswer {
  const sessions = more.sessions ?? [];
  return {
    hits: [],
    sessions,
    totalHits: sessions.reduce((sum, { hits }) => sum + hits, 0),
    totalSessions: sessions.length,
    complete: true,
    coverage: [{ store: STORE, label: 'w/sessions', messages: 12_431, sessions: 310, how: 'scan' }],
    skipped: [],
    skippedCount: 0,
    notes: [],
    elapsed: 1,
    progress: 1,
    ...more,
  };
}
