import type { IndexState } from '../shared/search/answer';

/** What the status bar says of the indexes, and what a click does. */
export interface IndexWords {
  readonly text: string;
  readonly tooltip: string;
  readonly command: string;
}

const COMPLETE = 'Searches are complete meanwhile: what has no index yet is looked through.';

/** `undefined` while there is nothing to say. */
export function indexWords(
  states: readonly IndexState[],
  paused: boolean,
  nameOf: (store: string) => string,
): IndexWords | undefined {
  const failed = states.filter(({ state }) => state === 'failed');
  const unfinished = states.filter(({ state }) => state === 'building' || state === 'paused');
  if (unfinished.length > 0) {
    const done = unfinished.reduce((sum, state) => sum + state.done, 0) / unfinished.length;
    const percent = `${Math.floor(done * 100)}%`;
    const lines = unfinished.map((state) => `${nameOf(state.store)}: ${Math.floor(state.done * 100)}%`);
    const isPaused = paused || unfinished.every(({ state }) => state === 'paused');
    const text = isPaused
      ? `$(debug-pause) Indexing paused at ${percent}`
      : `$(sync~spin) Indexing sessions ${percent}`;
    const action = isPaused ? 'Click to go on.' : 'Click to pause.';
    const command = isPaused ? 'sessionInspector.resumeIndexing' : 'sessionInspector.pauseIndexing';
    return { text, tooltip: [...lines, COMPLETE, action].join('\n'), command };
  }
  if (failed.length === 0) return undefined;
  const lines = failed.map(({ store, message }) => `${nameOf(store)}: ${message ?? 'The index could not be built.'}`);
  return {
    text: '$(warning) Search index failed',
    tooltip: [...lines, 'Searches are complete, but slower.'].join('\n'),
    command: 'sessionInspector.showLog',
  };
}
