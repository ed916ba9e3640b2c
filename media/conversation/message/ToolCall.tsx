/** A tool call and its result, one line until it is unfolded. */
import type { ComponentChildren } from 'preact';
import type { ToolCallBlock, ToolResultBlock } from '../../../src/shared/content';
import { usePage } from '../context';
import { partKey, repeatsArguments } from '../find/parts';
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
      <ToolName name={block.name} part={partKey(index, 'tool')} />
      <code
        class="summary"
        data-part={partKey(index, 'summary')}
        data-repeats={repeatsArguments(block) ? '' : undefined}
      >
        <Text value={block.summary} />
      </code>
      <Facts result={result} duration={durationOf(createdAt, outcome)} missing={outcome.kind === 'none'} />
    </>
  );
  return (
    <Fold id={`call ${index}`} class={`tool${result?.status === 'error' ? ' failed' : ''}`} line={line}>
      {() => (
        <>
          <Arguments block={block} index={index} />
          {outcome.kind === 'result' && <Result result={outcome.result} index={outcome.block} row={outcome.row} />}
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
      <ToolName
        name={block.name ?? strings.toolResult}
        part={block.name === null ? undefined : partKey(index, 'tool')}
      />
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
      {() => <Result result={block} index={index} />}
    </Fold>
  );
}

function ToolName({ name, part }: { name: string; part?: string }): ComponentChildren {
  return (
    <span class="tool-name" dir="auto" data-part={part}>
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

function Arguments({ block, index }: { block: ToolCallBlock; index: number }): ComponentChildren {
  const { store } = usePage();
  if (block.arguments.trim() === '') return <p class="dimmed small">{strings.noArguments}</p>;
  return (
    <>
      <div class="part-head">
        <span>{strings.arguments}</span>
        <CopyButton inList label={strings.copyArguments} copy={() => store.copy(block.arguments)} />
      </div>
      <Code text={block.arguments} language={block.json ? 'json' : null} part={partKey(index, 'arguments')} />
      {block.cut && <ShowAll bytes={block.cut.totalBytes} block={index} />}
    </>
  );
}

interface ResultProps {
  readonly result: ToolResultBlock;
  /** Place among its message's blocks, and that message's row where it is another one than the card's. */
  readonly index: number;
  readonly row?: number;
}

function Result({ result, index, row }: ResultProps): ComponentChildren {
  const { store } = usePage();
  return (
    <>
      <div class="part-head">
        <span>{strings.result}</span>
        {result.receipt !== undefined && (
          <span class="receipt" title={strings.receipt(result.receipt)}>
            <Icon name="verified" />
            <span data-part={partKey(index, 'receipt')} data-owner={row}>
              <Text value={result.receipt} />
            </span>
          </span>
        )}
        <CopyButton inList label={strings.copyResult} copy={() => store.copy(result.text)} />
      </div>
      {result.text === '' ? (
        <p class="dimmed small">{strings.emptyResult}</p>
      ) : (
        <Code text={result.text} language={null} part={partKey(index, 'result')} owner={row} />
      )}
      {result.cut && <ShowAll bytes={result.cut.totalBytes} block={index} row={row} />}
    </>
  );
}

function durationOf(createdAt: string | null, outcome: CallOutcome): number | null {
  if (outcome.kind !== 'result') return null;
  const [from, to] = [parseTime(createdAt), parseTime(outcome.createdAt)];
  return from !== null && to !== null && to >= from ? to - from : null;
}
