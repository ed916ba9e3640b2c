/** The only door to the extension: VS Code's message channel and its saved state. */
import type { FromPage, SavedPage, ToPage } from '../../src/shared/conversationProtocol';

interface VsCodeApi {
  postMessage(message: FromPage): void;
  getState(): unknown;
  setState(state: SavedPage): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

export class HostLink {
  readonly #api = acquireVsCodeApi();

  constructor(receive: (message: ToPage) => void) {
    window.addEventListener('message', (event: MessageEvent<unknown>) => {
      if (isToPage(event.data)) receive(event.data);
    });
  }

  post(message: FromPage): void {
    this.#api.postMessage(message);
  }

  save(state: SavedPage): void {
    this.#api.setState(state);
  }

  saved(): SavedPage | null {
    const state = this.#api.getState();
    return isSavedPage(state) ? state : null;
  }
}

function isToPage(data: unknown): data is ToPage {
  return typeof data === 'object' && data !== null && 'type' in data && 'show' in data && typeof data.type === 'string';
}

function isSavedPage(data: unknown): data is SavedPage {
  return typeof data === 'object' && data !== null && 'version' in data && data.version === 1 && 'place' in data;
}
