import type { SessionMetadata } from '../../shared/session';
import { labelOf } from '../../shared/sessionState';
import type { SessionBackend } from '../SessionBackend';

/** More changed sessions than this are read with one list. */
const ONE_BY_ONE = 50;

/**
 * The sessions of one store as the search needs them: names, states, times. Kept between searches where somebody tells
 * of changes; only what has changed is read again.
 */
export class SearchedSessions {
  private known: Map<string, SessionMetadata> | undefined;
  /** Any session may have changed. */
  private outdated = false;
  private readonly stale = new Set<string>();
  private reading: Promise<ReadonlyMap<string, SessionMetadata>> | undefined;
  /** Counts what has been told, so that a list that was begun before is not taken for newer than it is. */
  private changes = 0;
  private changesRead = 0;

  /** `kept`: `changed` is called for every change of the store, so that what is known may be used again. */
  constructor(private readonly kept: boolean) {}

  /** Undefined: any session may have changed. */
  changed(keys: readonly string[] | undefined): void {
    this.changes++;
    if (!keys) this.outdated = true;
    else for (const key of keys) this.stale.add(key);
  }

  /** All sessions by key, newest activity first. */
  async all(backend: SessionBackend): Promise<ReadonlyMap<string, SessionMetadata>> {
    while (this.reading && this.changesRead !== this.changes) await this.reading.catch(() => undefined);
    if (this.reading) return this.reading;
    this.changesRead = this.changes;
    this.reading = this.read(backend).finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  /** What the screen calls a session. Titles are not in a quick list: `learn` asks for those that are wanted. */
  label(key: string): string {
    const session = this.known?.get(key);
    return session ? labelOf(session) : key;
  }

  lastActivity(key: string): string | null {
    return this.known?.get(key)?.lastActivity ?? null;
  }

  /** Reads the titles of sessions that have no name. */
  async learn(backend: SessionBackend, keys: Iterable<string>): Promise<void> {
    for (const key of keys) {
      const session = this.known?.get(key);
      if (!session || session.name?.trim() || session.title !== undefined) continue;
      const read = await backend.getSession(key, 'quick').catch(() => null);
      // Title or none: it is not asked for again. What is known by now may be newer.
      if (this.known?.get(key) === session) this.known.set(key, { ...session, title: read?.title ?? null });
    }
  }

  private async read(backend: SessionBackend): Promise<ReadonlyMap<string, SessionMetadata>> {
    const { known, outdated } = this;
    const stale = [...this.stale];
    this.stale.clear();
    this.outdated = false;
    try {
      if (!known || outdated || !this.kept || stale.length > ONE_BY_ONE) {
        const listed = await backend.listSessionsWithMetadata({ detail: 'quick' });
        this.known = new Map(listed.map((session) => [session.key, session]));
        return this.known;
      }
      for (const key of stale) {
        const session = await backend.getSession(key, 'quick');
        if (session) known.set(key, session);
        else known.delete(key);
      }
      return known;
    } catch (error) {
      // Not read: it is still to be read.
      for (const key of stale) this.stale.add(key);
      this.outdated ||= outdated;
      throw error;
    }
  }
}
