import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Text } from '../text/Text';
import { highlightWhenVisible } from './highlight';

interface Props {
  readonly text: string;
  readonly language: string | null;
  /** Names the text for the search, and its own row where it is drawn in another row's card. */
  readonly part: string;
  readonly owner?: number;
}

/** Text in code type, in a box that scrolls; coloured once it is in view. */
export function Code({ text, language, part, owner }: Props): ComponentChildren {
  const code = useRef<HTMLElement>(null);
  useLayoutEffect(
    () => (code.current && language !== null ? highlightWhenVisible(code.current, text, language) : undefined),
    [text, language],
  );
  // A key of its own for each text: highlighting replaces the nodes that were drawn.
  return (
    <pre class="output" tabIndex={-1} dir="ltr">
      <code key={text} ref={code} data-part={part} data-owner={owner}>
        <Text value={text} />
      </code>
    </pre>
  );
}
