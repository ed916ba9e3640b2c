/** What the page says beside the messages: reading goes on, news below, the session is gone. */
import type { ComponentChildren } from 'preact';
import { Icon } from './parts';
import { strings } from './strings';
import { Text } from './text/Text';

export function Indexing({ done }: { done: number | null }): ComponentChildren {
  return (
    <div class="indexing rule" role="status">
      <span>{strings.readingEarlier(done === null ? null : Math.floor(done * 100))}</span>
    </div>
  );
}

export function NewMessages({ count, onClick }: { count: number; onClick: () => void }): ComponentChildren {
  const label = strings.newMessages(count);
  return (
    <>
      <div class="screen-reader" aria-live="polite">
        {count > 0 ? label : ''}
      </div>
      {count > 0 && (
        <button type="button" class="new-messages" title={strings.toEnd} onClick={onClick}>
          <Icon name="arrow-down" />
          {label}
        </button>
      )}
    </>
  );
}

export function Gone({ message }: { message: string }): ComponentChildren {
  return (
    <div class="banner" role="status">
      <Icon name="warning" />
      <span>
        <Text value={message} />
      </span>
    </div>
  );
}
