/** What the components below share. */
import { createContext } from 'preact';
import { useContext, useLayoutEffect, useReducer, useState } from 'preact/hooks';
import type { Conversation } from './store/conversation';
import type { PageStore } from './store/pageStore';

export interface PageContext {
  readonly store: PageStore;
  readonly conversation: Conversation;
  /** Keep what is at the top of the view where it is, though the list stands at its end and something unfolds. */
  readonly hold: () => void;
  readonly jumpTo: (row: number) => void;
}

export const Page = createContext<PageContext | null>(null);

export function usePage(): PageContext {
  const page = useContext(Page);
  if (!page) throw new Error('no page around this component');
  return page;
}

/** The moment that relative times refer to. Moves when something is drawn or the page gets the focus, not by a timer. */
export const Now = createContext(Date.now());

export function useNow(): number {
  return useContext(Now);
}

/** The row around a component: its lasting id, its number, and the time of its message. */
export interface RowScope {
  readonly id: number;
  readonly row: number;
}

export const Row = createContext<RowScope>({ id: 0, row: 0 });

export function useRow(): RowScope {
  return useContext(Row);
}

/** Whether a block is unfolded, kept with the conversation, and the way to change it. */
export function useFold(block: string, initially = false): [boolean, () => void] {
  const { conversation, hold, store } = usePage();
  const { id } = useRow();
  const { folds } = conversation;
  const open = folds.isOpen(id, block) !== initially;
  const [, draw] = useState(open);
  // Not only a click unfolds: a match that was found inside does so as well.
  useLayoutEffect(() => folds.subscribe(() => draw(folds.isOpen(id, block) !== initially)), [folds, id, block]);
  const toggle = (): void => {
    hold();
    folds.set(id, block, !folds.isOpen(id, block));
    store.touched();
  };
  return [open, toggle];
}

export function useStoreChange(store: PageStore): void {
  const [, draw] = useReducer((n: number, _: null) => n + 1, 0);
  useLayoutEffect(() => store.subscribe(() => draw(null)), [store]);
}
