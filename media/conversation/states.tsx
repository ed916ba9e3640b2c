/** The page without messages: not there yet, none, or not to be had. */
import type { ComponentChildren } from 'preact';
import type { ToPage } from '../../src/shared/conversationProtocol';
import { strings } from './strings';
import { Text } from './text/Text';

type FailedMessage = Extract<ToPage, { type: 'failed' }>;

export function Loading({ label, atOnce }: { label: string | null; atOnce: boolean }): ComponentChildren {
  return (
    <div class={`page${atOnce ? ' at-once' : ''}`} aria-busy="true">
      {label !== null && (
        <header class="header">
          <h1 class="title late">
            <Text value={label} />
          </h1>
        </header>
      )}
      <div class="view">
        {label !== null && (
          <div class="screen-reader" role="status">
            {strings.loading(label)}
          </div>
        )}
        <div class="column skeleton-list">
          {[64, 96, 72, 120, 88].map((height, index) => (
            <Skeleton key={index} height={height} />
          ))}
        </div>
      </div>
    </div>
  );
}

/** The shape of a message that is on its way; the style sheet shows it after a moment. */
export function Skeleton({ height }: { height: number }): ComponentChildren {
  return (
    <div class="skeleton" style={{ height: `${height}px` }} aria-hidden="true">
      <i />
      {height > 40 && <b />}
      {height > 60 && <b />}
    </div>
  );
}

export function Empty({ indexing, onClose }: { indexing: boolean; onClose: () => void }): ComponentChildren {
  if (indexing) return null;
  return (
    <div class="sentence">
      <p>{strings.noMessages}</p>
      <button type="button" class="button" onClick={onClose}>
        {strings.actions.close}
      </button>
    </div>
  );
}

export function Failed({
  view,
  onAction,
}: {
  view: FailedMessage;
  onAction: (action: FailedMessage['action']) => void;
}): ComponentChildren {
  return (
    <div class="page">
      <header class="header">
        <h1 class="title">
          <Text value={view.label} />
        </h1>
      </header>
      <div class="view">
        <div class="sentence" role="alert">
          <p>
            <Text value={view.message} />
          </p>
          <button type="button" class="button" onClick={() => onAction(view.action)}>
            {strings.actions[view.action]}
          </button>
        </div>
      </div>
    </div>
  );
}
