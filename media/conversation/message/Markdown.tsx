import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { usePage } from '../context';
import { originalText } from '../text/markNodes';
import { highlightWhenVisible } from './highlight';
import { markdownFragment } from './markdownFragment';

interface Props {
  readonly block: { readonly text?: string; readonly fenced?: true };
  /** Names the text for the search. */
  readonly part: string;
}

export function Markdown({ block, part }: Props): ComponentChildren {
  const { store, conversation } = usePage();
  const root = useRef<HTMLDivElement>(null);
  const { text = '' } = block;

  useLayoutEffect(() => {
    const click = (event: MouseEvent): void => {
      const target = event.target instanceof Element ? event.target : null;
      const link = target?.closest<HTMLElement>('a[data-href]');
      if (link) store.post({ type: 'openLink', show: conversation.show, url: link.dataset.href ?? '' });
      const button = target?.closest<HTMLElement>('[data-copy]');
      if (button) copyCode(button, (copied) => store.copy(copied));
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key === 'Enter' && event.target instanceof HTMLAnchorElement) event.target.click();
    };
    const element = root.current;
    if (!element) return undefined;
    element.replaceChildren(fragmentOf(text, block));
    const forget = [...element.querySelectorAll<HTMLElement>('pre')].map((pre) => {
      const code = pre.querySelector('code');
      const { language } = pre.dataset;
      return code && language ? highlightWhenVisible(code, originalText(code), language) : null;
    });
    element.addEventListener('click', click);
    element.addEventListener('keydown', key);
    return () => {
      element.removeEventListener('click', click);
      element.removeEventListener('keydown', key);
      for (const one of forget) one?.();
    };
  }, [text]);

  return <div class="markdown" data-part={part} data-fenced={block.fenced && ''} ref={root} />;
}

function fragmentOf(text: string, owner: object): Node {
  try {
    return markdownFragment(text, owner).cloneNode(true);
  } catch {
    return document.createTextNode(text); // whatever the parser stumbles over, the words are shown
  }
}

function copyCode(button: HTMLElement, copy: (text: string) => Promise<void>): void {
  const code = button.closest('.code')?.querySelector('pre');
  const icon = button.querySelector('.codicon');
  if (!code || !icon) return;
  void copy(originalText(code).replace(/\n$/, '')).then(() => {
    icon.className = 'codicon codicon-check';
    setTimeout(() => {
      icon.className = 'codicon codicon-copy';
    }, 1500);
  });
}
