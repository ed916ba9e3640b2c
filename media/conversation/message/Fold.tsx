/** A line that unfolds: the twistie, what the line says, and the content below it. */
import type { ComponentChildren } from 'preact';
import { useFold } from '../context';
import { Icon } from '../parts';

interface Props {
  /** Tells it from the message's other folds. */
  readonly id: string;
  readonly class: string;
  readonly line: ComponentChildren;
  readonly children: () => ComponentChildren;
}

export function Fold({ id, class: name, line, children }: Props): ComponentChildren {
  const [open, toggle] = useFold(id);
  return (
    <div class={`${name}${open ? ' open' : ''}`}>
      <button type="button" class="fold" tabIndex={-1} aria-expanded={open} onClick={toggle}>
        <Icon name={open ? 'chevron-down' : 'chevron-right'} />
        {line}
      </button>
      {open && <div class="folded">{children()}</div>}
    </div>
  );
}
