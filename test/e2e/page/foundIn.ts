/** What the service would answer to a search inside a session: a plain reference of the tests' own. */
import type { ContentBlock } from '../../../src/shared/content';
import type { ConversationRow } from '../../../src/shared/conversationProtocol';
import type { FindPattern, Found } from '../../../src/shared/search/answer';

interface Searched {
  readonly total: number;
  readonly generation: number;
  readonly row: (row: number) => ConversationRow;
}

function texts(block: ContentBlock): readonly (string | undefined)[] {
  switch (block.type) {
    case 'toolCall':
      return [block.name, block.arguments];
    case 'marker':
    case 'attachment':
      return [block.label, block.text];
    case 'image':
      return [];
    default:
      return [block.text];
  }
}

function count(text: string, { text: wanted, matchCase, wholeWord, regex }: FindPattern): number {
  if (regex) return [...text.matchAll(new RegExp(wanted, matchCase ? 'gm' : 'gmi'))].length;
  const [where, what] = matchCase ? [text, wanted] : [text.toLowerCase(), wanted.toLowerCase()];
  let found = 0;
  for (let at = where.indexOf(what); at >= 0; at = where.indexOf(what, at + what.length)) {
    const around = [where[at - 1] ?? '', where[at + what.length] ?? ''];
    if (!wholeWord || around.every((letter) => !/[\p{L}\p{N}\p{M}_]/u.test(letter))) found++;
  }
  return found;
}

/** `whole` gives a row as the store holds it, where the page has only its beginning. */
export function foundIn(session: Searched & { readonly whole?: Searched['row'] }, pattern: FindPattern): Found {
  const rows: number[] = [];
  const counts: number[] = [];
  let matches = 0;
  for (let number = 0; number < session.total; number++) {
    const row = (session.whole ?? session.row)(number);
    if (row.kind !== 'message') continue;
    const found = row.blocks.flatMap(texts).reduce((sum, text) => sum + count(text ?? '', pattern), 0);
    if (found === 0) continue;
    rows.push(number);
    counts.push(found);
    matches += found;
  }
  return { generation: session.generation, total: session.total, rows, counts, matches, complete: true };
}
