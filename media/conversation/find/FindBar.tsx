/** Find in the conversation, at the place and with the keys of VS Code's own find widget. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { FindPattern } from '../../../src/shared/search/answer';
import { usePage } from '../context';
import { Icon, IconButton } from '../parts';
import { strings } from '../strings';
import { Text } from '../text/Text';
import type { Finder } from './finder';
import { isOurs, toggleKeys } from './keys';

type Flag = Exclude<keyof FindPattern, 'text'>;

const toggles: readonly (readonly [flag: Flag, icon: string, label: string])[] = [
  ['matchCase', 'case-sensitive', strings.find.matchCase],
  ['wholeWord', 'whole-word', strings.find.wholeWord],
  ['regex', 'regex', strings.find.regex],
];

export function FindBar({ onClose }: { onClose: () => void }): ComponentChildren {
  const { find } = usePage().conversation;
  const input = useRef<HTMLInputElement>(null);
  const seen = useRef(find.focusRequests);
  const { isOpen, pattern } = find;

  useLayoutEffect(() => {
    if (!isOpen || find.focusRequests === seen.current) return;
    seen.current = find.focusRequests;
    if (!input.current || document.activeElement === input.current) return;
    input.current.focus();
    input.current.select();
  });

  if (!isOpen) return null;
  const toggle = (flag: Flag): void => find.set({ [flag]: !find.pattern[flag], flags: undefined });
  const key = (event: KeyboardEvent): void => {
    const flag = toggleKeys(event);
    if (flag || isOurs(event)) event.stopPropagation();
    if (flag) toggle(flag);
    else if (event.key === 'Enter' && event.target === input.current) find.step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  };
  const keyUp = (event: KeyboardEvent): void => {
    if (isOurs(event)) event.stopPropagation();
  };
  const isWrong = find.failure !== null;
  return (
    <search class="find" aria-label={strings.find.label} onKeyDown={key} onKeyUp={keyUp}>
      <div class={`find-box${isWrong ? ' wrong' : ''}`}>
        <input
          ref={input}
          type="text"
          spellcheck={false}
          autocomplete="off"
          dir="auto"
          placeholder={strings.find.placeholder}
          aria-label={strings.find.label}
          aria-invalid={isWrong}
          aria-describedby={isWrong ? 'find-failure' : undefined}
          value={pattern.text}
          onInput={(event) => find.set({ text: event.currentTarget.value })}
        />
        {toggles.map(([flag, icon, label]) => (
          <button
            key={flag}
            type="button"
            class="find-toggle"
            title={label}
            aria-label={label}
            aria-pressed={pattern[flag] ? 'true' : 'false'}
            onClick={() => toggle(flag)}
          >
            <Icon name={icon} />
          </button>
        ))}
        {isWrong && (
          <div class="find-failure" id="find-failure" role="alert">
            <Text value={find.failure ?? ''} />
          </div>
        )}
      </div>
      <Count find={find} />
      <div class="find-buttons">
        <IconButton icon="arrow-up" label={strings.find.previous} onClick={() => find.step(-1)} />
        <IconButton icon="arrow-down" label={strings.find.next} onClick={() => find.step(1)} />
        <IconButton icon="close" label={strings.find.close} onClick={onClose} />
      </div>
    </search>
  );
}

function Count({ find }: { find: Finder }): ComponentChildren {
  const { results, current, foundNothing } = find;
  const words =
    find.pattern.text === '' || !results
      ? ''
      : foundNothing
        ? strings.find.none
        : strings.find.count(current, results.count, results.found.complete);
  return (
    <div class={`find-count${foundNothing ? ' none' : ''}`} role="status" title={words}>
      {find.isSlow ? (
        <>
          <Icon name="loading" spin />
          <span class="screen-reader">{strings.find.searching}</span>
        </>
      ) : (
        words
      )}
    </div>
  );
}
