import { spellHidden } from './hiddenCharacters';

/** One line of plain text in which nothing is hidden: U+202E becomes `⟨RLO⟩`, white space becomes a space. */
export function visibleLine(text: string): string {
  return spellHidden(text.replace(/[\t\n\r]+/g, ' '));
}
