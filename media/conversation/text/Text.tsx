import type { ComponentChildren } from 'preact';
import { codeName, type Mark, splitHidden } from '../../../src/shared/hiddenCharacters';
import { strings } from '../strings';

/** Untrusted text with its hidden characters made visible. */
export function Text({ value }: { value: string }): ComponentChildren {
  const pieces = splitHidden(value);
  if (pieces.length === 1 && typeof pieces[0] === 'string') return pieces[0];
  return pieces.map((piece, index) => (typeof piece === 'string' ? piece : <MarkView key={index} mark={piece} />));
}

/** The label is drawn by the style sheet, so that selecting and copying leave it out. */
function MarkView({ mark }: { mark: Mark }): ComponentChildren {
  const title = strings.mark(codeName(mark.code), mark.count);
  return (
    <span class="mark" role="img" data-label={markLabel(mark)} data-code={mark.code} aria-label={title} title={title} />
  );
}

export function markLabel(mark: Mark): string {
  return mark.count > 1 ? `${mark.label} ×${mark.count}` : mark.label;
}

/** The same, with parts in backticks in code type. */
export function WithCode({ value }: { value: string }): ComponentChildren {
  return value.split('`').map((part, index) =>
    index % 2 === 1 ? (
      <code key={index}>
        <Text value={part} />
      </code>
    ) : (
      <Text key={index} value={part} />
    ),
  );
}
