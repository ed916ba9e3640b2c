/** Small parts that many components use. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useNow } from './context';
import { strings } from './strings';
import { fullTime, messageTime, parseTime, relativeTime } from './text/format';

export function Icon({ name, spin }: { name: string; spin?: boolean }): ComponentChildren {
  return <span class={`codicon codicon-${name}${spin ? ' codicon-modifier-spin' : ''}`} aria-hidden="true" />;
}

interface ButtonProps {
  readonly icon: string;
  readonly label: string;
  readonly onClick: () => void;
  /** Within the list only the focused message's buttons are reached by Tab; the list sees to that. */
  readonly inList?: boolean;
  readonly expanded?: boolean;
}

export function IconButton({ icon, label, onClick, inList, expanded }: ButtonProps): ComponentChildren {
  return (
    <button
      type="button"
      class="icon-button"
      title={label}
      aria-label={label}
      aria-expanded={expanded}
      tabIndex={inList ? -1 : 0}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

/** Copies, and shows for a moment that it did. */
export function CopyButton({
  label,
  copy,
  inList,
}: {
  label: string;
  copy: () => Promise<void>;
  inList?: boolean;
}): ComponentChildren {
  const [done, setDone] = useState(false);
  const run = (): void => {
    void copy().then(() => {
      setDone(true);
      setTimeout(() => setDone(false), 1500);
    });
  };
  return (
    <IconButton icon={done ? 'check' : 'copy'} label={done ? strings.copied : label} onClick={run} inList={inList} />
  );
}

/** A time, relative, with everything known about it on hover. */
export function Time({ text, always }: { text: string; always?: boolean }): ComponentChildren {
  const now = useNow();
  const time = parseTime(text);
  const shown = time === null ? text : always ? relativeTime(time, now) : messageTime(time, now);
  return (
    <time title={fullTime(text)} dateTime={text}>
      {shown}
    </time>
  );
}
