import type { ComponentChildren } from 'preact';
import type { MarkerBlock } from '../../../src/shared/content';
import { partKey } from '../find/parts';
import { Icon } from '../parts';
import { Text } from '../text/Text';
import { Fold } from './Fold';
import { Markdown } from './Markdown';
import { ShowAll } from './Message';

const icons: Readonly<Record<MarkerBlock['kind'], string>> = {
  failed: 'error',
  interrupted: 'circle-slash',
  omitted: 'eye-closed',
  usedTools: 'tools',
  summary: 'archive',
  context: 'list-flat',
  memory: 'database',
};

export function Marker({ block, index }: { block: MarkerBlock; index: number }): ComponentChildren {
  const line = (
    <>
      <Icon name={icons[block.kind]} />
      <span class="label" dir="auto" data-part={block.kind === 'memory' ? undefined : partKey(index, 'label')}>
        <Text value={block.label} />
      </span>
    </>
  );
  const { text } = block;
  if (text === undefined || text === '') return <div class={`marker marker-${block.kind}`}>{line}</div>;
  return (
    <Fold id={`marker ${index}`} class={`marker marker-${block.kind}`} line={line}>
      {() => (
        <>
          <Markdown block={block} part={partKey(index, 'text')} />
          {block.cut && <ShowAll bytes={block.cut.totalBytes} block={index} />}
        </>
      )}
    </Fold>
  );
}
