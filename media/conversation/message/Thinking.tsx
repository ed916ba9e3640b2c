import type { ComponentChildren } from 'preact';
import type { ThinkingBlock } from '../../../src/shared/content';
import { partKey } from '../find/parts';
import { Icon } from '../parts';
import { strings } from '../strings';
import { Fold } from './Fold';
import { Markdown } from './Markdown';
import { ShowAll } from './Message';

export function Thinking({ block, index }: { block: ThinkingBlock; index: number }): ComponentChildren {
  const line = (
    <>
      <Icon name="lightbulb" />
      <span class="label">{strings.thought(block.words)}</span>
    </>
  );
  return (
    <Fold id={`thinking ${index}`} class="thinking" line={line}>
      {() => (
        <>
          <Markdown block={block} part={partKey(index, 'text')} />
          {block.cut && <ShowAll bytes={block.cut.totalBytes} block={index} />}
        </>
      )}
    </Fold>
  );
}
