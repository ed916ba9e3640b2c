import type { Indexing } from '../searchResults/Indexing';
import type { Command } from './commandRegistry';

/** Stops or resumes the building of the search's indexes in this window. Searches stay complete: they look through what has no index. */
export class PauseIndexing implements Command {
  readonly id: string;
  constructor(
    private readonly indexing: Indexing,
    private readonly paused: boolean,
  ) {
    this.id = paused ? 'sessionInspector.pauseIndexing' : 'sessionInspector.resumeIndexing';
  }

  execute(): void {
    this.indexing.pause(this.paused);
  }
}
