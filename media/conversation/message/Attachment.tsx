import type { ComponentChildren } from 'preact';
import type { AttachmentBlock } from '../../../src/shared/content';
import { spellHidden } from '../../../src/shared/hiddenCharacters';
import { usePage } from '../context';
import { partKey } from '../find/parts';
import { Icon } from '../parts';
import { strings } from '../strings';
import { Text } from '../text/Text';

const icons: Readonly<Record<AttachmentBlock['kind'], string>> = {
  document: 'file',
  audio: 'unmute',
  video: 'device-camera-video',
  voice: 'mic',
  location: 'location',
  photo: 'file-media',
  file: 'file',
};

export function Attachment({ block, index }: { block: AttachmentBlock; index: number }): ComponentChildren {
  return (
    <div class="attachment">
      <Chip
        icon={icons[block.kind]}
        kind={strings.attachments[block.kind]}
        label={block.label}
        path={block.path}
        part={partKey(index, 'label')}
      />
      {block.text !== undefined && block.text !== '' && (
        <p class="transcript" dir="auto" data-part={partKey(index, 'text')}>
          <Text value={block.text} />
        </p>
      )}
    </div>
  );
}

interface ChipProps {
  readonly icon: string;
  readonly kind: string;
  readonly label: string;
  readonly path?: string;
  /** Said after the label, dimmed. */
  readonly note?: string;
  /** Names the label for the search. */
  readonly part?: string;
}

/** A small box for something that is not drawn here; a button where there is a file to open. */
export function Chip({ icon, kind, label, path, note, part }: ChipProps): ComponentChildren {
  const { store, conversation } = usePage();
  const content = (
    <>
      <Icon name={icon} />
      <span class="dimmed">{kind}</span>
      {label !== '' && (
        <span class="chip-label" dir="auto" data-part={part}>
          <Text value={label} />
        </span>
      )}
      {note !== undefined && <span class="dimmed">{note}</span>}
    </>
  );
  if (path === undefined) {
    return (
      <span class="chip" title={spellHidden(label)}>
        {content}
      </span>
    );
  }
  return (
    <button
      type="button"
      class="chip"
      tabIndex={-1}
      title={strings.open(spellHidden(path))}
      onClick={() => store.post({ type: 'openFile', show: conversation.show, path })}
    >
      {content}
    </button>
  );
}
