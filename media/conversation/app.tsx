import type { ComponentChildren, RefObject } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Now, Page, type PageContext, useStoreChange } from './context';
import { FindBar } from './find/FindBar';
import { findKey } from './find/keys';
import { Stage } from './find/stage';
import { Header } from './header/Header';
import { VirtualList } from './list/VirtualList';
import { Gone, Indexing, NewMessages } from './notices';
import { Empty, Failed, Loading } from './states';
import type { Conversation } from './store/conversation';
import type { PageStore } from './store/pageStore';

export function App({ store }: { store: PageStore }): ComponentChildren {
  useStoreChange(store);
  const { view } = store;
  switch (view.kind) {
    case 'blank':
      return <Loading label={null} atOnce={false} />;
    case 'loading':
      return <Loading label={view.label} atOnce={view.atOnce} />;
    case 'failed':
      return <Failed view={view} onAction={(action) => store.post({ type: 'action', show: view.show, action })} />;
    case 'conversation':
      return <ConversationPage key={view.conversation.show} store={store} conversation={view.conversation} />;
  }
}

function ConversationPage({
  store,
  conversation,
}: {
  store: PageStore;
  conversation: Conversation;
}): ComponentChildren {
  const list = useRef<VirtualList | null>(null);
  const page = useMemo<PageContext>(
    () => ({
      store,
      conversation,
      hold: () => list.current?.hold(),
      jumpTo: (row) => list.current?.jumpTo(row),
    }),
    [store, conversation],
  );
  const stage = useMemo(() => new Stage(store, conversation), [store, conversation]);
  const closeFind = useFind(conversation, list);
  const now = useFreshNow(store);
  useLayoutEffect(() => store.drawn());
  return (
    <Page.Provider value={page}>
      <Now.Provider value={now}>
        <div class="page">
          <Header header={conversation.header} />
          {conversation.gone !== null && <Gone message={conversation.gone} />}
          <div class="view">
            {conversation.total === 0 ? (
              <Empty
                indexing={!conversation.complete}
                onClose={() => store.post({ type: 'action', show: conversation.show, action: 'close' })}
              />
            ) : (
              <VirtualList handle={list} store={store} conversation={conversation} now={now} stage={stage} />
            )}
            <FindBar onClose={closeFind} />
            {!conversation.complete && <Indexing done={conversation.indexing} />}
            <NewMessages count={conversation.newRows} onClick={() => list.current?.jumpToEnd()} />
          </div>
        </div>
      </Now.Provider>
    </Page.Provider>
  );
}

/** The keys of the find bar. Answers with the way to close it, which gives the keyboard back to where it was. */
function useFind(conversation: Conversation, list: RefObject<VirtualList | null>): () => void {
  const { find } = conversation;
  const before = useRef<HTMLElement | null>(null);
  const close = (): void => {
    const wasInside = document.activeElement?.closest('.find') !== null;
    const row = find.current === null ? null : list.current?.foundRow;
    find.close();
    if (!wasInside) return;
    if (row != null) list.current?.focusOn(row);
    else if (before.current?.isConnected) before.current.focus({ preventScroll: true });
    else list.current?.focusOn(list.current.topRow);
  };
  useLayoutEffect(() => {
    const key = (event: KeyboardEvent): void => {
      const { activeElement } = document;
      if (!activeElement?.closest('.find') && activeElement instanceof HTMLElement) before.current = activeElement;
      if (!findKey(event, find, close)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    document.addEventListener('keydown', key, { capture: true });
    return () => document.removeEventListener('keydown', key, { capture: true });
  }, [find]);
  return close;
}

/** The time, taken again when something has changed, or when the reader comes back to the page. */
function useFreshNow(store: PageStore): number {
  const [now, setNow] = useState(Date.now);
  useLayoutEffect(() => {
    const refresh = (): void => setNow((old) => (Date.now() - old > 20_000 ? Date.now() : old));
    const forget = store.subscribe(refresh);
    window.addEventListener('focus', refresh);
    document.addEventListener('visibilitychange', refresh);
    return () => {
      forget();
      window.removeEventListener('focus', refresh);
      document.removeEventListener('visibilitychange', refresh);
    };
  }, [store]);
  return now;
}
