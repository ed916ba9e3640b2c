/** A tool call and its result, one line until it is unfolded. */
import type { ComponentChildren } from 'preact';
import type { ToolCallBlock, ToolResultBlock } from '../../../src/shared/content';
import { usePage } from '../context';
import type { CallOutcome } from '../list/joinTools';
import { CopyButton, Icon } from '../parts';
import { strings } from '../strings';
import { formatDuration, formatSize, parseTime } from '../text/format';
import { Text } from '../text/Text';
import { Code } from './Code';
import { Fold } from './Fold';
import { ShowAll } from './Message';

interface Props {
  readonly block: ToolCallBlock;
  readonly index: number;
  readonly createdAt: string | null;
  readonly outcome: CallOutcome;
}

export function ToolCall({ block, index, createdAt, outcome }: Props): ComponentChildren {
  const result = outcome.kind === 'result' ? outcome.result : null;
  const line = (
    <>
      <Icon name="tools" />
      <ToolName name={block.name} />
      <code class="summary">
        <Text value={block.summary} />
      </code>
      <Facts result={result} duration={durationOf(createdAt, outcome)} missing={outcome.kind === 'none'} />
    </>
  );
  return (
    <Fold id={`call ${index}`} class={`tool${result?.status === 'error' ? ' failed' : ''}`} line={line}>
      {() => (
        <>
          <Arguments block={block} />
          {result !== null && outcome.kind === 'result' && <Result result={result} row={outcome.row} />}
          {outcome.kind === 'none' && <p class="dimmed small">{strings.noResultHint}</p>}
        </>
      )}
    </Fold>
  );
}

/** A result that no call waits for. `orphan`: there is none in the store, not only none at hand. */
export function LoneResult({
  block,
  index,
  orphan,
}: {
  block: ToolResultBlock;
  index: number;
  orphan: boolean;
}): ComponentChildren {
  const line = (
    <>
      <Icon name="tools" />
      <ToolName name={block.name ?? strings.toolResult} />
      <span class="summary dimmed">
        {orphan ? strings.resultWithoutCall : ''}
        {block.callId !== null && orphan && (
          <code>
            {' '}
            <Text value={block.callId} />
          </code>
        )}
      </span>
      <Facts result={block} duration={null} missing={false} />
    </>
  );
  return (
    <Fold id={`result ${index}`} class={`tool${block.status === 'error' ? ' failed' : ''}`} line={line}>
      {() => <Result result={block} />}
    </Fold>
  );
}

function ToolName({ name }: { name: string }): ComponentChildren {
  return (
    <span class="tool-name" dir="auto">
      <Text value={name || strings.unnamedTool} />
    </span>
  );
}

function Facts({
  result,
  duration,
  missing,
}: {
  result: ToolResultBlock | null;
  duration: number | null;
  missing: boolean;
}): ComponentChildren {
  return (
    <span class="facts">
      {result && <span>{formatSize(result.size)}</span>}
      {duration !== null && <span class="duration">{formatDuration(duration)}</span>}
      {result?.status === 'ok' && (
        <span class="ok" title={strings.ok} role="img" aria-label={strings.ok}>
          <Icon name="check" />
        </span>
      )}
      {result?.status === 'error' && (
        <span class="error">
          <Icon name="error" />
          {strings.failed}
        </span>
      )}
      {missing && <span title={strings.noResultHint}>{strings.noResult}</span>}
    </span>
  );
}

function Arguments({ block }: { block: ToolCallBlock }): ComponentChildren {
  const { store } = usePage();
  if (block.arguments.trim() === '') return <p class="dimmed small">{strings.noArguments}</p>;
  return (
    <>
      <div class="part-head">
        <span>{strings.arguments}</span>
        <CopyButton inList label={strings.copyArguments} copy={() => store.copy(block.arguments)} />
      </div>
      <Code text={block.arguments} language={block.json ? 'json' : null} />
      {block.cut && <ShowAll bytes={block.cut.totalBytes} />}
    </>
  );
}

function Result({ result, row }: { result: ToolResultBlock; row?: number }): ComponentChildren {
  const { store } = usePage();
  return (
    <>
      <div class="part-head">
        <span>{strings.result}</span>
        {result.receipt !== undefined && (
          <span class="receipt" title={strings.receipt(result.receipt)}>
            <Icon name="verified" />
            <Text value={result.receipt} />
          </span>
        )}
        <CopyButton inList label={strings.copyResult} copy={() => store.copy(result.text)} />
      </div>
      {result.text === '' ? (
        <p class="dimmed small">{strings.emptyResult}</p>
      ) : (
        <Code text={result.text} language={null} />
      )}
      {result.cut && <ShowAll bytes={result.cut.totalBytes} row={row} />}
    </>
  );
}

function durationOf(createdAt: string | null, outcome: CallOutcome): number | null {
  if (outcome.kind !== 'result') return null;
  const [from, to] = [parseTime(createdAt), parseTime(outcome.createdAt)];
  return from !== null && to !== null && to >= from ? to - from : null;
}
