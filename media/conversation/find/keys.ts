/** The keys of the find bar, wherever in the page the keyboard is. */
import type { FindPattern } from '../../../src/shared/search/answer';
import type { Finder } from './finder';

const isMac = navigator.platform.startsWith('Mac');

/** The option that a key turns over: Alt+C, Alt+W, Alt+R, on a Mac with Cmd as well. By key, not by what Alt makes of it. */
export function toggleKeys(event: KeyboardEvent): Exclude<keyof FindPattern, 'text'> | null {
  if (!event.altKey || event.ctrlKey || event.shiftKey || event.metaKey !== isMac) return null;
  switch (event.code) {
    case 'KeyC':
      return 'matchCase';
    case 'KeyW':
      return 'wholeWord';
    case 'KeyR':
      return 'regex';
    default:
      return null;
  }
}

/**
 * Keys in the input that VS Code must not get. Alt would open one of its menus; and it selects all and takes back by a
 * message that arrives after the next letters.
 */
export function isOurs({ key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return key === 'Alt' || ((ctrlKey || metaKey) && /^[ayz]$/i.test(key));
}

/** Ctrl+F (Cmd+F on a Mac), F3 and Escape. True when the key was one of ours. */
export function findKey(event: KeyboardEvent, find: Finder, close: () => void): boolean {
  const { key } = event;
  const command = isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
  if (command && !event.altKey && !event.shiftKey && key.toLowerCase() === 'f') {
    find.open();
    if (event.target instanceof HTMLInputElement) event.target.select();
  } else if (event.ctrlKey || event.metaKey || event.altKey) return false;
  else if (key === 'F3') {
    if (!find.isOpen) find.open();
    else find.step(event.shiftKey ? -1 : 1);
  } else if (key === 'Escape' && find.isActive) close();
  else return false;
  return true;
}

/** What the reader has selected in the messages, if it is one line. */
export function selectedText(): string {
  const selection = getSelection();
  const anchor = selection?.anchorNode;
  const element = anchor instanceof Element ? anchor : anchor?.parentElement;
  if (!selection || selection.isCollapsed || !element?.closest('.scroller')) return '';
  const text = selection.toString().trim();
  return text.includes('\n') || text.length > 500 ? '' : text;
}
