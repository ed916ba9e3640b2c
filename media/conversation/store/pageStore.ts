/** What the page shows as a whole, and the messages that change it. */
import type { FromPage, SavedPage, ToPage } from '../../../src/shared/conversationProtocol';
import { Conversation } from './conversation';

export type PageView =
  | { readonly kind: 'blank' }
  | { readonly kind: 'loading'; readonly label: string; readonly atOnce: boolean }
  | (Extract<ToPage, { type: 'failed' }> & { readonly kind: 'failed' })
  | { readonly kind: 'conversation'; readonly conversation: Conversation };

export interface Link {
  post(message: FromPage): void;
  save(state: SavedPage): void;
  /** What this page saved before it was hidden or reloaded. */
  saved(): SavedPage | null;
}

/** What was shown stays this long, ms, while something else loads: mostly that is there before. */
const patience = 150;

type Waiter<T> = (value: T) => void;

export class PageStore {
  view: PageView = { kind: 'blank' };
  show = 0;
  /** A `show` or `changed` that is not painted yet: when it came. */
  #undrawn: { what: 'show' | 'changed'; since: number } | null = null;
  #listeners = new Set<() => void>();
  #requests = 0;
  #copies = new Map<number, Waiter<void>>();
  #images = new Map<number, Waiter<string | null>>();
  #turning: ReturnType<typeof setTimeout> | null = null;
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  get conversation(): Conversation | null {
    return this.view.kind === 'conversation' ? this.view.conversation : null;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  notify(): void {
    for (const listener of this.#listeners) listener();
  }

  receive(message: ToPage): void {
    if (message.type === 'show' || message.type === 'loading' || message.type === 'failed') this.#turnTo(message);
    else if (message.show === this.show) this.#update(message);
  }

  post(message: FromPage): void {
    this.#link.post(message);
  }

  /** The reader did something here: what arrives later moves the page no more. */
  touched(): void {
    this.conversation?.touched();
  }

  copy(text: string): Promise<void> {
    return this.#copying((request) => ({ type: 'copy', show: this.#shown, request, text }));
  }

  copyMessage(row: number): Promise<void> {
    return this.#copying((request) => ({ type: 'copyMessage', show: this.#shown, request, row }));
  }

  image(row: number, index: number): Promise<string | null> {
    const request = ++this.#requests;
    return new Promise((resolve) => {
      this.#images.set(request, resolve);
      this.post({ type: 'requestImage', show: this.#shown, request, row, index });
    });
  }

  save(): void {
    const { conversation } = this;
    if (!conversation) return;
    const { storeId, key, label } = conversation.header;
    const find = conversation.find.saved;
    this.#link.save({ version: 1, storeId, key, label, place: conversation.placeToSave, ...(find && { find }) });
  }

  /** Called after each render: tells the host when the news are on the screen. */
  drawn(): void {
    const news = this.#undrawn;
    const { conversation } = this;
    if (!news || !conversation) return;
    this.#undrawn = null;
    const { show, total } = conversation;
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        const milliseconds = performance.now() - news.since;
        this.post({ type: 'drawn', show, what: news.what, milliseconds, total });
      }),
    );
  }

  /** Number of what the reader sees; behind `show` while the next one loads. */
  get #shown(): number {
    return this.conversation?.show ?? this.show;
  }

  #copying(message: (request: number) => FromPage): Promise<void> {
    const request = ++this.#requests;
    return new Promise((resolve) => {
      this.#copies.set(request, resolve);
      this.post(message(request));
    });
  }

  #turnTo(message: Extract<ToPage, { type: 'show' | 'loading' | 'failed' }>): void {
    const fresh = message.show !== this.show;
    this.show = message.show;
    if (fresh) {
      this.#copies.clear();
      this.#images.clear();
    }
    if (this.#turning !== null) clearTimeout(this.#turning);
    this.#turning = null;
    if (message.type === 'loading') {
      this.#load(message.label);
      return;
    }
    if (message.type === 'failed') this.view = { ...message, kind: 'failed' };
    else {
      const { show } = message;
      const conversation = new Conversation(
        message,
        (request, first, count) => this.post({ type: 'requestRows', show, request, first, count }),
        (find) => this.post(find),
        () => this.notify(),
      );
      const left = this.conversation;
      left?.find.dispose();
      if (message.highlight) conversation.find.land(message.highlight);
      else this.#restoreFind(conversation, left);
      this.view = { kind: 'conversation', conversation };
      this.#undrawn = { what: 'show', since: performance.now() };
    }
    this.notify();
  }

  /** The find bar stays over a session that is loaded anew, and comes back with a page that was hidden. */
  #restoreFind(conversation: Conversation, left: Conversation | null): void {
    const { storeId, key } = conversation.header;
    const isSame = (of: { storeId: string; key: string } | undefined) => of?.storeId === storeId && of.key === key;
    const saved = left ? undefined : (this.#link.saved() ?? undefined);
    const find = left ? isSame(left.header) && left.find.saved : isSame(saved) && saved?.find;
    if (find) conversation.find.restore(find);
  }

  #load(label: string): void {
    const turn = (atOnce: boolean): void => {
      this.view = { kind: 'loading', label, atOnce };
      this.notify();
    };
    if (this.view.kind === 'blank' || this.view.kind === 'loading')
      turn(this.view.kind === 'loading' && this.view.atOnce);
    else this.#turning = setTimeout(() => turn(true), patience);
  }

  #update(message: Exclude<ToPage, { type: 'show' | 'loading' | 'failed' }>): void {
    const conversation = this.conversation?.show === message.show ? this.conversation : null;
    switch (message.type) {
      case 'copied':
        this.#copies.get(message.request)?.();
        this.#copies.delete(message.request);
        return;
      case 'image':
        this.#images.get(message.request)?.(message.uri);
        this.#images.delete(message.request);
        return;
      case 'rows':
        if (!conversation?.received(message.request, message.range)) return;
        break;
      case 'rowsFailed':
        conversation?.requests.fail(message.request, message.message);
        break;
      case 'changed':
        conversation?.changed(message.header, message.range);
        this.#undrawn = { what: 'changed', since: performance.now() };
        break;
      case 'header':
        if (conversation) conversation.header = message.header;
        break;
      case 'goTo':
        conversation?.find.land(message.highlight);
        return;
      case 'openFind':
        conversation?.find.open();
        return;
      case 'found':
        conversation?.find.found(message.request, message.found);
        return;
      case 'findFailed':
        conversation?.find.failed(message.request, message.message);
        return;
      case 'indexing':
        if (conversation) conversation.indexing = message.done < 1 ? message.done : null;
        break;
      case 'gone':
        if (conversation) conversation.gone = message.message;
        break;
    }
    this.notify();
  }
}
