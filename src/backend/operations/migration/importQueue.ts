import { type Imported, importTogether, type Job } from './importTogether';

interface Waiting {
  readonly job: Job;
  readonly resolve: (imported: Imported) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers the imports of sessions that are migrated at the same time, and makes them together when each of these sessions
 * has come to its import or has ended before it.
 */
export class ImportQueue {
  /** What the last ones together have cost of the write lock; nothing was written together yet while it is 0. */
  lastHold = { bytes: 0, milliseconds: 1 };
  #underWay = 0;
  #waiting: Waiting[] = [];

  /** Around the migration of one session, which may call `add`. */
  async during<T>(migrate: () => Promise<T>): Promise<T> {
    this.#underWay++;
    try {
      return await migrate();
    } finally {
      this.#underWay--;
      this.#startWhenAll();
    }
  }

  add(job: Job): Promise<Imported> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#startWhenAll();
    });
  }

  #startWhenAll(): void {
    if (this.#waiting.length === 0 || this.#waiting.length < this.#underWay) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    const jobs = waiting.map(({ job }) => job);
    const onLocked = (bytes: number, milliseconds: number): void => {
      this.lastHold = { bytes, milliseconds };
    };
    importTogether(jobs, onLocked).then(
      (results) => {
        for (const [index, { resolve, reject }] of waiting.entries()) {
          const result = results[index];
          if (!result) reject(new Error('no result'));
          else if ('error' in result) reject(result.error);
          else resolve(result);
        }
      },
      (error: unknown) => {
        for (const { reject } of waiting) reject(error);
      },
    );
  }
}
