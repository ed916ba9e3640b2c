/** Which messages belong together: a tool call is never parted from its results, or zeroclaw's next request fails (#5813). */
import { parseContent } from './parse';
import { RESULTS_START } from './toolCalls';

export interface RoundMessage {
  readonly role: string;
  readonly content: string;
}

/** Messages [from, from + count) of the session, in order; fewer only when it has become shorter. */
export type LoadMessages = (from: number, count: number) => Promise<readonly RoundMessage[]>;

/** Messages that are looked at together. */
const WINDOW = 32;
/** Windows whose (small) parts are kept. */
const WINDOWS = 8;

/** What a message is in a tool round; no text of it is kept. */
type Part =
  | { readonly kind: 'plain' }
  /** Begins a turn. */
  | { readonly kind: 'user' }
  /** `ids` of a native round; a prompt-mode call has none. */
  | { readonly kind: 'calls'; readonly ids: ReadonlySet<string>; readonly native: boolean }
  | { readonly kind: 'result'; readonly id: string | null }
  | { readonly kind: 'promptResults' };

const PLAIN: Part = { kind: 'plain' };
const USER: Part = { kind: 'user' };
const PROMPT_RESULTS: Part = { kind: 'promptResults' };

function partOf({ role, content }: RoundMessage): Part {
  if (role === 'user') return content.startsWith(RESULTS_START) ? PROMPT_RESULTS : USER;
  if (role === 'tool') {
    const [block] = parseContent(role, content).blocks;
    return { kind: 'result', id: block?.type === 'toolResult' ? block.callId : null };
  }
  if (role !== 'assistant') return PLAIN;
  const calls = parseContent(role, content).blocks.filter((block) => block.type === 'toolCall');
  if (calls.length === 0) return PLAIN;
  const ids = new Set(calls.flatMap((call) => call.id ?? []));
  return { kind: 'calls', ids, native: content.trimStart().startsWith('{') };
}

/** Parts of messages by position, read a window at a time. */
class Parts {
  readonly #windows = new Map<number, readonly Part[]>();

  constructor(
    readonly total: number,
    private readonly load: LoadMessages,
  ) {}

  async at(position: number): Promise<Part> {
    const from = position - (position % WINDOW);
    let parts = this.#windows.get(from);
    if (!parts) {
      const messages = await this.load(from, Math.min(WINDOW, this.total - from));
      parts = messages.map(partOf);
      if (this.#windows.size >= WINDOWS) {
        for (const oldest of this.#windows.keys()) {
          this.#windows.delete(oldest);
          break;
        }
      }
      this.#windows.set(from, parts);
    }
    return parts[position - from] ?? PLAIN;
  }
}

/** The rounds of one turn: [from, end) of the session. */
interface Turn {
  readonly from: number;
  readonly end: number;
  /** Positions of a round's messages, by the position of each of them. */
  readonly rounds: ReadonlyMap<number, readonly number[]>;
}

/** A turn goes from a user's message to the next one. Results never stand in another turn than their call. */
async function turnAround(parts: Parts, position: number): Promise<Turn> {
  let from = position;
  while (from > 0 && (await parts.at(from)).kind !== 'user') from--;
  const rounds = new Map<number, number[]>();
  /** The latest call with an id: ids may come again in a later round. */
  const owners = new Map<string, number[]>();
  let prompt: number[] | undefined;
  /** The native call that nothing but results have followed: those without an id are its own. */
  let adjacent: number[] | undefined;
  const join = (round: number[] | undefined, result: number): void => {
    if (!round) return;
    round.push(result);
    rounds.set(result, round);
  };
  let end = from;
  for (; end < parts.total; end++) {
    const part = await parts.at(end);
    if (part.kind === 'user' && end > from) break;
    if (part.kind === 'result') {
      join(part.id === null ? adjacent : owners.get(part.id), end);
      continue;
    }
    adjacent = undefined;
    if (part.kind === 'calls') {
      const round = [end];
      rounds.set(end, round);
      for (const id of part.ids) owners.set(id, round);
      if (part.native) adjacent = round;
      else prompt = round;
    } else if (part.kind === 'promptResults') {
      join(prompt, end);
      prompt = undefined;
    }
  }
  return { from, end, rounds };
}

/**
 * The positions (from 0) that must be removed together with `positions`, those included, ascending: an assistant's
 * message with tool calls, native or in prompt mode, and all results of it. A result without a call goes alone.
 * `total` is the number of messages of the session; positions outside of it are left out. Of the session no more is read
 * than the turns of the calls and results that are asked for, a window at a time.
 */
export async function completeRounds(
  total: number,
  positions: readonly number[],
  load: LoadMessages,
): Promise<number[]> {
  const parts = new Parts(total, load);
  const complete = new Set<number>();
  let turn: Turn | undefined;
  for (const position of [...new Set(positions)].sort((a, b) => a - b)) {
    if (!Number.isSafeInteger(position) || position < 0 || position >= total) continue;
    complete.add(position);
    if (!turn || position >= turn.end) {
      const { kind } = await parts.at(position);
      if (kind === 'plain' || kind === 'user') continue;
      turn = await turnAround(parts, position);
    }
    for (const other of turn.rounds.get(position) ?? []) complete.add(other);
  }
  return [...complete].sort((a, b) => a - b);
}

/**
 * Words for the tool rounds among messages that go together ("a tool call with its 2 results"); `null` when there is no
 * call and no result among them.
 */
export function describeRounds(messages: readonly RoundMessage[]): string | null {
  let calls = 0;
  let results = 0;
  for (const { role, content } of messages) {
    for (const { type } of parseContent(role, content).blocks) {
      if (type === 'toolCall') calls++;
      if (type === 'toolResult') results++;
    }
  }
  const resultWords = results === 1 ? 'result' : `${results} results`;
  if (calls === 0) return results === 0 ? null : results === 1 ? 'a tool result' : `${results} tool results`;
  if (calls === 1) return results === 0 ? 'a tool call' : `a tool call with its ${resultWords}`;
  return results === 0 ? `${calls} tool calls` : `${calls} tool calls with their ${resultWords}`;
}
