/**
 * What the index holds of a text: its words, folded, so that a token of the index is a word of the search. FTS5's `ascii`
 * tokenizer with `_` takes letters and digits of ASCII, `_` and every byte above ASCII for parts of words, so all that is
 * left to do is with what is not ASCII.
 */
import { fold, WORD_CHARACTERS } from '../../../../shared/search/fold';

/** As written in the declaration of the table. */
export const TOKENIZER = `ascii tokenchars '_'`;

const ASCII = /^[\0-\x7f]*$/;
const OTHERS = new RegExp(`[^\\0-\\x7f${WORD_CHARACTERS}]+`, 'gu');
const WORD = new RegExp(`[${WORD_CHARACTERS}]+`, 'gu');
/** Scripts that put no spaces between their words: each character is a token. */
const IDEOGRAPH = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\u30fc\\uff70\\uff9e\\uff9f';
const HAS_IDEOGRAPH = new RegExp(`[${IDEOGRAPH}]`, 'u');
const PIECES = new RegExp(`[${IDEOGRAPH}]|[^${IDEOGRAPH}]+`, 'gu');

/** Private characters, which no word holds. Before each run of ideographs, so that no phrase runs across two of them; */
const RUN = '\ue001';
/** and behind a word that touches an ideograph: it is no whole word. */
const TOUCHES = '\ue002';

/** Linear. */
export function indexText(text: string): string {
  if (ASCII.test(text)) return text;
  const words = fold(text).replace(OTHERS, ' ');
  return HAS_IDEOGRAPH.test(words)
    ? words.replace(WORD, (word) => (HAS_IDEOGRAPH.test(word) ? spread(word) : word))
    : words;
}

function spread(word: string): string {
  let result = ` ${RUN}`;
  for (const [piece] of word.matchAll(PIECES))
    result += HAS_IDEOGRAPH.test(piece) ? ` ${piece}` : ` ${piece}${TOUCHES}`;
  return `${result} `;
}

/** The tokens of what is asked for, and what they can say of it. */
export interface Needle {
  readonly tokens: readonly string[];
  /** The last token may be the beginning of a longer one. */
  readonly open: boolean;
  /** It is one word, without ideographs. */
  readonly isWord: boolean;
  /** It is nothing but ideographs that are parts of words: signs such as ㌔ are in no word, and not in the index. */
  readonly isIdeographs: boolean;
}

/** Longer tokens are cut by FTS5. */
const LONGEST = 8000;

export function needleOf(text: string): Needle {
  const folded = fold(text);
  const tokens = indexText(folded)
    .split(/[\0-/:-@[-^`{-\x7f]+/)
    .filter((token) => token !== '' && token !== RUN);
  const last = tokens.at(-1) ?? '';
  const endsInWord = new RegExp(`[${WORD_CHARACTERS}]$`, 'u').test(folded);
  const open = endsInWord && !HAS_IDEOGRAPH.test(last);
  const isShort = folded.length < LONGEST;
  return {
    tokens: open && last.endsWith(TOUCHES) ? [...tokens.slice(0, -1), last.slice(0, -1)] : tokens,
    open,
    isWord: isShort && !HAS_IDEOGRAPH.test(folded) && new RegExp(`^[${WORD_CHARACTERS}]+$`, 'u').test(folded),
    isIdeographs: isShort && new RegExp(`^(?:(?=[${WORD_CHARACTERS}])[${IDEOGRAPH}])+$`, 'u').test(folded),
  };
}
