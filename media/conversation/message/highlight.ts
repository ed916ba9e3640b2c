/** Colours code, in idle time, once it is in view. */
import hljs from 'highlight.js/lib/core';
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import dockerfile from 'highlight.js/lib/languages/dockerfile';
import go from 'highlight.js/lib/languages/go';
import graphql from 'highlight.js/lib/languages/graphql';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import kotlin from 'highlight.js/lib/languages/kotlin';
import lua from 'highlight.js/lib/languages/lua';
import makefile from 'highlight.js/lib/languages/makefile';
import markdown from 'highlight.js/lib/languages/markdown';
import php from 'highlight.js/lib/languages/php';
import powershell from 'highlight.js/lib/languages/powershell';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import scss from 'highlight.js/lib/languages/scss';
import shell from 'highlight.js/lib/languages/shell';
import sql from 'highlight.js/lib/languages/sql';
import swift from 'highlight.js/lib/languages/swift';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';
import { markHidden } from '../text/markNodes';
import { sanitizeCode } from './sanitize';
import { whenVisible } from './whenVisible';

const languages = {
  bash,
  c,
  cpp,
  csharp,
  css,
  diff,
  dockerfile,
  go,
  graphql,
  ini,
  java,
  javascript,
  json,
  kotlin,
  lua,
  makefile,
  markdown,
  php,
  powershell,
  python,
  ruby,
  rust,
  scss,
  shell,
  sql,
  swift,
  typescript,
  xml,
  yaml,
};

/** Made ready by the first code that is coloured, not while the page opens. */
function highlighter(): typeof hljs {
  if (hljs.listLanguages().length === 0) {
    for (const [name, language] of Object.entries(languages)) hljs.registerLanguage(name, language);
    hljs.registerAliases(['jsonc', 'json5', 'jsonl', 'ndjson'], { languageName: 'json' });
  }
  return hljs;
}

const maxBytes = 20_000;
const maxLines = 800;
const maxKept = 60;

/** Coloured before, by language and text, the least recently used first: a row that comes back is coloured at once. */
const kept = new Map<string, DocumentFragment>();

function isShort(text: string): boolean {
  if (text.length > maxBytes) return false;
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0 && lines <= maxLines; at = text.indexOf('\n', at + 1)) lines++;
  return lines <= maxLines;
}

/** Colours `element`, which shows `text`. Returns what takes it back while it waits. */
export function highlightWhenVisible(element: HTMLElement, text: string, language: string): () => void {
  if (language === '' || !isShort(text)) return () => {};
  const key = `${language}\n${text}`;
  const known = kept.get(key);
  if (known) {
    element.replaceChildren(known.cloneNode(true));
    return () => {};
  }
  let idle = 0;
  const forget = whenVisible(element, () => {
    // Something that moves elsewhere on the page may leave no idle time at all.
    const options = { timeout: 300 };
    idle = requestIdleCallback(() => {
      if (!highlighter().getLanguage(language)) return;
      const colored = colour(text, language);
      keep(key, colored);
      element.replaceChildren(colored.cloneNode(true));
    }, options);
  });
  return () => {
    forget();
    cancelIdleCallback(idle);
  };
}

function colour(text: string, language: string): DocumentFragment {
  const fragment = sanitizeCode(highlighter().highlight(text, { language, ignoreIllegals: true }).value);
  markHidden(fragment);
  return fragment;
}

function keep(key: string, fragment: DocumentFragment): void {
  kept.delete(key);
  kept.set(key, fragment);
  const oldest = kept.keys().next();
  if (kept.size > maxKept && !oldest.done) kept.delete(oldest.value);
}
