import type { SearchAnswer, SearchHit } from '../shared/search/answer';

/** The hits of one session, as far as they were handed out, in the order of the answer. */
export interface HitGroup {
  readonly store: string;
  readonly key: string;
  readonly label: string;
  readonly lastActivity: string | null;
  /** All hits of the session; while the search goes on: so many at least. */
  readonly total: number;
  readonly hits: readonly SearchHit[];
}

/** Stable for the same hit in every answer. */
export function hitId(hit: SearchHit): string {
  const place = hit.kind === 'session' ? 'name' : String(hit.row);
  return `${hit.store}\n${hit.key}\n${place}`;
}

/** Sessions in the order of their first hit. */
export function groupHits({ hits, sessions }: Pick<SearchAnswer, 'hits' | 'sessions'>): HitGroup[] {
  const known = new Map(sessions.map((session) => [`${session.store}\n${session.key}`, session]));
  const groups = new Map<string, SearchHit[]>();
  for (const hit of hits) {
    const id = `${hit.store}\n${hit.key}`;
    const group = groups.get(id);
    if (group) group.push(hit);
    else groups.set(id, [hit]);
  }
  return [...groups].flatMap(([id, group]) => {
    const [first] = group;
    if (!first) return [];
    const session = known.get(id);
    return {
      store: first.store,
      key: first.key,
      label: session?.label ?? first.key,
      lastActivity: session?.lastActivity ?? null,
      total: Math.max(session?.hits ?? 0, group.length),
      hits: group,
    };
  });
}
