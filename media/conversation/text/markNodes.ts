/** The same marks for text that is in the document already: what Markdown and the highlighter made. */

import { codeName, type Mark, splitHidden } from '../../../src/shared/hiddenCharacters';
import { strings } from '../strings';
import { markLabel } from './Text';

export function markHidden(root: Node): void {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts: globalThis.Text[] = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (node instanceof globalThis.Text) texts.push(node);
  for (const text of texts) {
    const pieces = splitHidden(text.data);
    if (pieces.length === 1 && pieces[0] === text.data) continue;
    text.replaceWith(...pieces.map((piece) => (typeof piece === 'string' ? piece : markElement(piece))));
  }
}

function markElement(mark: Mark): HTMLElement {
  const element = document.createElement('span');
  const title = strings.mark(codeName(mark.code), mark.count);
  element.className = 'mark';
  element.dataset.label = markLabel(mark);
  element.dataset.code = String(mark.code);
  element.dataset.count = String(mark.count);
  element.title = title;
  element.setAttribute('role', 'img');
  element.setAttribute('aria-label', title);
  return element;
}

/** The text as it was before it was marked. */
export function originalText(root: Node): string {
  let text = '';
  for (const node of root.childNodes) {
    if (node instanceof globalThis.Text) text += node.data;
    else if (node instanceof HTMLElement && node.dataset.code !== undefined) {
      text += String.fromCodePoint(Number(node.dataset.code)).repeat(Number(node.dataset.count ?? 1));
    } else text += originalText(node);
  }
  return text;
}
