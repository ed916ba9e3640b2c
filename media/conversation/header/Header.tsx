/** The line that stays: what this session is, how it stands; details fold out below. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { ConversationHeader } from '../../../src/shared/conversationProtocol';
import { spellHidden } from '../../../src/shared/hiddenCharacters';
import { useNow, usePage } from '../context';
import { Icon, IconButton } from '../parts';
import { strings } from '../strings';
import { fullTime, parseTime, relativeTime } from '../text/format';
import { Text } from '../text/Text';
import { Details } from './Details';

interface Look {
  readonly icon: string;
  readonly word: string;
  readonly class: string;
}

function stateLook(state: string | null): Look {
  switch (state) {
    case 'running':
      return { icon: 'sync', word: strings.stateRunning, class: 'running' };
    case 'stuck':
      return { icon: 'warning', word: strings.stateStuck, class: 'stuck' };
    case 'error':
      return { icon: 'error', word: strings.stateError, class: 'error' };
    case 'idle':
      return { icon: 'comment-discussion', word: strings.stateIdle, class: 'idle' };
    default:
      return { icon: 'comment-discussion', word: state ?? '', class: 'other' };
  }
}

export function Header({ header }: { header: ConversationHeader }): ComponentChildren {
  const { store, conversation } = usePage();
  const [open, setOpen] = useState(false);
  const look = stateLook(header.state);
  return (
    <header class="header">
      <div class="header-line">
        <span class={`state-icon ${look.class}`}>
          <Icon name={look.icon} spin={look.class === 'running'} />
        </span>
        <h1 class="title" dir="auto" title={spellHidden(header.label)}>
          <Text value={header.label} />
        </h1>
        {look.word !== '' && (
          <span class={`state-word ${look.class}`}>
            <Text value={look.word} />
          </span>
        )}
        <Summary header={header} />
        <span class="header-actions">
          <IconButton
            icon="list-tree"
            label={strings.revealInTree}
            onClick={() => store.post({ type: 'revealInTree', show: conversation.show })}
          />
          <IconButton
            icon={open ? 'chevron-up' : 'chevron-down'}
            label={open ? strings.hideDetails : strings.showDetails}
            expanded={open}
            onClick={() => setOpen(!open)}
          />
        </span>
      </div>
      {open && <Details header={header} />}
    </header>
  );
}

function Summary({ header }: { header: ConversationHeader }): ComponentChildren {
  const now = useNow();
  const { conversation } = usePage();
  const count = header.messageCount ?? (conversation.complete ? conversation.total : null);
  const last = header.lastActivity;
  const time = parseTime(last);
  const parts: string[] = [];
  if (header.channel) parts.push(spellHidden(header.channel));
  if (count !== null) parts.push(strings.messages(count));
  if (header.problems.length > 0) parts.push(strings.problems(header.problems.length));
  if (last !== null && time !== null) parts.push(strings.lastActivity(relativeTime(time, now)));
  return (
    <span class="header-summary" title={last === null ? undefined : fullTime(last)}>
      {parts.join(' · ')}
    </span>
  );
}
