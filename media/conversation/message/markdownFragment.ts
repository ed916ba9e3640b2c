/** Markdown to a document fragment that is safe to show: nothing loads, nothing runs, links say where they lead. */
import MarkdownIt from 'markdown-it';
import { nulStandIn } from '../../../src/shared/hiddenCharacters';
import { strings } from '../strings';
import { markHidden } from '../text/markNodes';
import { sanitizeMarkdown } from './sanitize';

const parser = new MarkdownIt({ html: false, linkify: true, typographer: false, breaks: true });
parser.options.maxNesting = 24;
parser.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
// Every address is kept as text; which of them may be opened is decided below.
parser.validateLink = () => true;

// Addresses go into data attributes: an `href` or `src` would be followed by the browser itself.
parser.renderer.rules.link_open = (tokens, index) => {
  const href = String(tokens[index]?.attrGet('href') ?? '');
  return `<a data-href="${parser.utils.escapeHtml(href)}">`;
};
parser.renderer.rules.image = (tokens, index, options, _env, self) => {
  const token = tokens[index];
  const alt = self.renderInlineAsText(token?.children ?? [], options, _env);
  return `<img data-src="${parser.utils.escapeHtml(String(token?.attrGet('src') ?? ''))}" alt="${parser.utils.escapeHtml(alt)}">`;
};
// A style attribute would be refused by the page's policy.
for (const tag of ['th', 'td']) {
  parser.renderer.rules[`${tag}_open`] = (tokens, index) => {
    const align = /right|center/.exec(String(tokens[index]?.attrGet('style') ?? ''))?.[0];
    return align ? `<${tag} data-align="${align}">` : `<${tag}>`;
  };
}
parser.renderer.rules.fence = (tokens, index) => {
  const token = tokens[index];
  const language = /^\S*/.exec(token?.info.trim() ?? '')?.[0] ?? '';
  return `<pre data-language="${parser.utils.escapeHtml(language)}"><code>${parser.utils.escapeHtml(token?.content ?? '')}</code></pre>`;
};

/** The first letter is of a script that is written from right to left. */
const rightToLeft = /^\P{L}*[\u0590-\u08ff\ufb1d-\ufefc]/u;

const openable = /^(?:https?:\/\/|mailto:)/i;

/** A block's fragment, kept as long as the block: clone it. */
const made = new WeakMap<object, DocumentFragment>();

export function markdownFragment(text: string, owner: object): DocumentFragment {
  const known = made.get(owner);
  if (known) return known;
  const fragment = build(text);
  made.set(owner, fragment);
  return fragment;
}

function build(text: string): DocumentFragment {
  const fragment = sanitizeMarkdown(parser.render(text.replaceAll('\0', nulStandIn)));
  for (const link of fragment.querySelectorAll('a')) finishLink(link);
  for (const image of fragment.querySelectorAll('img')) image.replaceWith(imageChip(image));
  for (const table of fragment.querySelectorAll('table')) {
    // Columns run in the direction of their headings; "auto" would not look into cells, which have one of their own.
    const box = wrap(table, 'scroll-x');
    box.tabIndex = -1;
    if (rightToLeft.test(table.textContent ?? '')) box.dir = 'rtl';
  }
  for (const pre of fragment.querySelectorAll('pre')) finishCode(pre);
  // Lists and quotes as a whole: what has a direction of its own does not count for the one around it.
  for (const block of fragment.querySelectorAll('p, h1, h2, h3, h4, h5, h6, td, th, ul, ol, blockquote')) {
    if (!block.parentElement?.closest('ul, ol, blockquote')) block.setAttribute('dir', 'auto');
  }
  markHidden(fragment);
  return fragment;
}

function finishLink(link: HTMLAnchorElement): void {
  const address = link.dataset.href ?? '';
  if (openable.test(address)) {
    link.title = readable(address);
    link.setAttribute('role', 'link');
    link.tabIndex = -1;
    return;
  }
  const plain = document.createElement('span');
  plain.className = 'blocked-link';
  plain.title = strings.blockedLink;
  plain.append(...link.childNodes);
  if (plain.textContent?.trim() !== readable(address).trim()) plain.append(` (${readable(address)})`);
  link.replaceWith(plain);
}

function imageChip(image: HTMLImageElement): HTMLElement {
  const chip = document.createElement('span');
  chip.className = 'chip';
  const icon = document.createElement('span');
  icon.className = 'codicon codicon-file-media';
  icon.setAttribute('aria-hidden', 'true');
  const label = document.createElement('span');
  label.className = 'chip-label';
  label.textContent = image.alt;
  const address = document.createElement('span');
  address.className = 'chip-label dimmed';
  address.textContent = shorten(readable(image.dataset.src ?? ''));
  chip.title = strings.remoteImage;
  chip.append(icon, ...(image.alt === '' ? [] : [label]), address);
  return chip;
}

/** A bar with the language and a button to copy; what they do is decided where the click arrives. */
function finishCode(pre: HTMLPreElement): void {
  const language = pre.dataset.language ?? '';
  pre.tabIndex = -1;
  pre.dir = 'ltr';
  const box = wrap(pre, 'code');
  const bar = document.createElement('div');
  bar.className = 'code-bar';
  const name = document.createElement('span');
  name.textContent = language;
  const copy = document.createElement('button');
  copy.type = 'button';
  copy.className = 'icon-button';
  copy.tabIndex = -1;
  copy.title = strings.copyCode;
  copy.dataset.copy = '';
  copy.setAttribute('aria-label', strings.copyCode);
  const icon = document.createElement('span');
  icon.className = 'codicon codicon-copy';
  copy.append(icon);
  bar.append(name, copy);
  box.prepend(bar);
}

function wrap(element: HTMLElement, className: string): HTMLElement {
  const box = document.createElement('div');
  box.className = className;
  element.replaceWith(box);
  box.append(element);
  return box;
}

/** An address as people read it, where decoding it is safe. */
function readable(address: string): string {
  try {
    return decodeURI(address);
  } catch {
    return address;
  }
}

function shorten(address: string): string {
  return address.length > 200 ? `${address.slice(0, 200)}…` : address;
}
