import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ImageBlock } from '../../../src/shared/content';
import { useFold, usePage, useRow } from '../context';
import { partKey } from '../find/parts';
import { Icon } from '../parts';
import { strings } from '../strings';
import { formatSize } from '../text/format';
import { Chip } from './Attachment';
import { whenVisible } from './whenVisible';

export function Image({ block, index }: { block: ImageBlock; index: number }): ComponentChildren {
  const { source } = block;
  const part = partKey(index, 'label');
  switch (source.kind) {
    case 'data':
      return <DataImage source={source} />;
    case 'file':
      return <Chip icon="file-media" kind={strings.image} label={source.path} path={source.path} part={part} />;
    case 'remote':
      return <Chip icon="globe" kind={strings.remoteImage} label={source.url} part={part} />;
    case 'missing':
      return <Chip icon="circle-slash" kind={strings.missingImage(source.reason)} label="" />;
  }
}

type DataSource = Extract<ImageBlock['source'], { kind: 'data' }>;

const safeImage = /^data:image\/(?:png|jpe?g|gif|webp|bmp|avif|x-icon|svg\+xml)[;,]/i;

/** Small images come with the message, big ones are asked for once they are in view. */
function DataImage({ source }: { source: DataSource }): ComponentChildren {
  const { store } = usePage();
  const { row } = useRow();
  const [wide, toggle] = useFold(`image ${source.index}`);
  const [uri, setUri] = useState<string | null | undefined>(source.uri);
  const element = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (source.uri !== undefined || !element.current) return undefined;
    let gone = false;
    const forget = whenVisible(element.current, () => {
      void store.image(row, source.index).then((answer) => {
        if (!gone) setUri(answer);
      });
    });
    return () => {
      gone = true;
      forget();
    };
  }, [source, store]);

  if (uri === undefined) {
    return (
      <div class="image-wait" ref={element}>
        <Icon name="file-media" />
        <span>{strings.imageLoading(formatSize(source.bytes))}</span>
      </div>
    );
  }
  if (uri === null || !safeImage.test(uri)) {
    return (
      <Chip icon="file-media" kind={strings.imageUnreadable} label={source.mediaType} note={formatSize(source.bytes)} />
    );
  }
  return (
    <button
      type="button"
      class={`image${wide ? ' wide' : ''}`}
      tabIndex={-1}
      title={wide ? strings.showSmall : strings.showFullWidth}
      onClick={toggle}
    >
      <img
        src={uri}
        alt={`${strings.image}, ${source.mediaType}, ${formatSize(source.bytes)}`}
        onError={() => setUri(null)}
      />
    </button>
  );
}
