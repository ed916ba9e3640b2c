import type { ComponentChildren } from 'preact';
import type { ConversationHeader } from '../../../src/shared/conversationProtocol';
import type { Problem, Severity } from '../../../src/shared/session';
import { usePage } from '../context';
import { CopyButton, Icon, Time } from '../parts';
import { strings } from '../strings';
import { formatNumber, formatSize, fullTime } from '../text/format';
import { Text, WithCode } from '../text/Text';

export function Details({ header }: { header: ConversationHeader }): ComponentChildren {
  const { store, conversation } = usePage();
  return (
    <section class="details" aria-label={strings.details}>
      <dl>
        <Item label={strings.key}>
          <code>
            <Text value={header.key} />
          </code>
          <CopyButton label={strings.copyKey} copy={() => store.copy(header.key)} />
        </Item>
        {header.name !== null && (
          <Item label={strings.name}>
            <span dir="auto">
              <Text value={header.name} />
            </span>
          </Item>
        )}
        <Item label={strings.store}>
          <Text value={header.storeLabel} /> <span class="dimmed">· {strings.storeKinds[header.storeKind]}</span>
        </Item>
        <Item label={strings.file}>
          {header.storeKind === 'sqlite' ? (
            <Text value={header.path} /> // an editor has nothing to show of a database
          ) : (
            <button
              type="button"
              class="link"
              title={strings.openFile}
              onClick={() => store.post({ type: 'openFile', show: conversation.show, path: header.path })}
            >
              <Text value={header.path} />
            </button>
          )}
        </Item>
        {header.origin !== 'live' && <Item label={strings.origin}>{strings.origins[header.origin]}</Item>}
        {/* A file tells only when it was written last; as its beginning that would be untrue. */}
        {header.storeKind === 'sqlite' && <TimeItem label={strings.created} value={header.createdAt} />}
        <TimeItem label={strings.lastActivityLabel} value={header.lastActivity} />
        {header.turnStartedAt !== null && <TimeItem label={strings.turnStarted} value={header.turnStartedAt} />}
        {header.messageCount !== null && <Item label={strings.messagesLabel}>{formatNumber(header.messageCount)}</Item>}
        {header.size !== null && <Item label={strings.size}>{formatSize(header.size)}</Item>}
        {Object.entries(header.attributes).map(([name, value]) => (
          <Item key={name} label={name}>
            <code>
              <Text value={value} />
            </code>
          </Item>
        ))}
      </dl>
      <Problems problems={header.problems} />
    </section>
  );
}

function Item({ label, children }: { label: string; children: ComponentChildren }): ComponentChildren {
  return (
    <>
      <dt>
        <Text value={label} />
      </dt>
      <dd>{children}</dd>
    </>
  );
}

function TimeItem({ label, value }: { label: string; value: string | null }): ComponentChildren {
  return (
    <Item label={label}>
      {value === null ? (
        <span class="dimmed">{strings.unknown}</span>
      ) : (
        <>
          <Time text={value} always /> <span class="dimmed">· {fullTime(value).split('\n')[0]}</span>
        </>
      )}
    </Item>
  );
}

const icons: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'info' };

function Problems({ problems }: { problems: readonly Problem[] }): ComponentChildren {
  if (problems.length === 0) return null;
  return (
    <div class="problems">
      <h2>{strings.problemsLabel}</h2>
      <ul>
        {problems.map((problem, index) => (
          <li key={index}>
            <span class={`severity ${problem.severity}`} title={strings.severities[problem.severity]}>
              <Icon name={icons[problem.severity]} />
            </span>
            <span>
              <WithCode value={problem.message} /> <Where problem={problem} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** The line or row, as a link where the page knows which message that is. */
function Where({ problem }: { problem: Problem }): ComponentChildren {
  const { conversation, jumpTo } = usePage();
  const { line, rowId } = problem;
  const place = line !== undefined ? `line ${line}` : rowId !== undefined ? `row ${rowId}` : null;
  if (place === null) return null;
  const label = line !== undefined ? strings.problemLine(line) : strings.problemRow(rowId ?? 0);
  const row = conversation.rowOf(place);
  if (row === null) return <span class="dimmed">{label}</span>;
  return (
    <button type="button" class="link" onClick={() => jumpTo(row)}>
      {label}
    </button>
  );
}
