/** The list is one stop of the Tab key; within it the arrow keys walk from message to message. */
import type { Conversation } from '../store/conversation';
import type { VirtualList } from './VirtualList';

const stops = 'button, a[href], a[data-href], pre, .scroll-x';

export function handleKey(event: KeyboardEvent, list: VirtualList): void {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.target instanceof HTMLElement)) return;
  const article = event.target.closest<HTMLElement>('[data-row]');
  // Keys reach the list from its own elements, and from nowhere in particular: the page as it opens.
  if (!article && event.target !== document.body && !event.target.closest('.scroller')) return;
  if (event.key === 'Tab') return void moveInside(event, article);
  if (event.shiftKey) return;
  const inside = article !== null && event.target !== article;
  if (event.key === 'Escape' && inside) {
    article.focus({ preventScroll: true });
    event.preventDefault();
    return;
  }
  // A button acts by itself, a box of code scrolls by itself.
  if (inside && /^(?:Enter| |Page.*)$/.test(event.key)) return;
  if (inside && event.target.matches('pre, .scroll-x') && event.key.startsWith('Arrow')) return;
  if (act(event.key, article, list)) event.preventDefault();
}

function act(key: string, article: HTMLElement | null, list: VirtualList): boolean {
  const { conversation } = list;
  switch (key) {
    case 'ArrowDown':
    case 'j':
      walk(list, 1);
      return true;
    case 'ArrowUp':
    case 'k':
      walk(list, -1);
      return true;
    case 'Home':
      goTo(list, nextRow(conversation, -1, 1) ?? 0);
      return true;
    case 'End':
      conversation.scroll.place = { at: 'end' };
      list.focusOn(nextRow(conversation, conversation.total, -1) ?? conversation.total - 1);
      return true;
    case 'PageDown':
      list.scrollPage(1);
      return true;
    case 'PageUp':
      list.scrollPage(-1);
      return true;
    case 'Enter':
    case ' ':
      if (article) toggle(article);
      return article !== null;
    default:
      return false;
  }
}

function walk(list: VirtualList, step: 1 | -1): void {
  const { activeRow } = list.conversation;
  const away = activeRow === null || !list.isInView(activeRow);
  const row = away ? list.topRow : nextRow(list.conversation, activeRow, step);
  if (row !== null) goTo(list, row);
}

function goTo(list: VirtualList, row: number): void {
  list.conversation.scroll.reveal(row);
  list.focusOn(row);
}

/** The next row that takes space; rows not at hand count as such. */
export function nextRow(conversation: Conversation, from: number, step: 1 | -1): number | null {
  for (let row = from + step; row >= 0 && row < conversation.total; row += step) {
    if (!conversation.isHidden(row)) return row;
  }
  return null;
}

/** Unfold everything in the message, or fold it when all is open. */
function toggle(article: HTMLElement): void {
  const folds = [...article.querySelectorAll<HTMLElement>('.fold')];
  const closed = folds.filter((fold) => fold.getAttribute('aria-expanded') === 'false');
  for (const fold of closed.length > 0 ? closed : folds) fold.click();
}

/** Tab goes through what is in the focused message, then leaves the list. */
function moveInside(event: KeyboardEvent, article: HTMLElement | null): void {
  if (!article) return;
  const inside = [...article.querySelectorAll<HTMLElement>(stops)].filter(isStop);
  const at = event.target instanceof HTMLElement ? inside.indexOf(event.target) : -1;
  const next = event.shiftKey ? (at === 0 ? article : inside[at - 1]) : inside[at + 1];
  if (!next || (event.shiftKey && at < 0)) return;
  next.focus();
  event.preventDefault();
}

function isStop(element: HTMLElement): boolean {
  if (element.offsetParent === null) return false;
  if (element.matches('pre, .scroll-x')) {
    return element.scrollHeight > element.clientHeight + 1 || element.scrollWidth > element.clientWidth + 1;
  }
  return true;
}
