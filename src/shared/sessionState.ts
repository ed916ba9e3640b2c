/** What the screen says of a session's state, and where it took place. The same words in tree, page and status. */
import type { SessionMetadata } from './session';

/** `other`: a word that no known writer uses; it is shown as it is. */
export type DisplayState = 'none' | 'idle' | 'running' | 'stuck' | 'error' | 'other';

type Stateful = Pick<SessionMetadata, 'state' | 'turnStartedAt'>;

/**
 * `stuck` is not a word of the store: it is `running` for longer than `stuckAfterSeconds`.
 * A running session without a readable start is running, never stuck (as zeroclaw counts).
 */
export function displayState(session: Stateful, now: number, stuckAfterSeconds: number): DisplayState {
  switch (session.state) {
    case null:
      return 'none';
    case 'idle':
      return 'idle';
    case 'error':
      return 'error';
    case 'running': {
      const started = Date.parse(session.turnStartedAt ?? '');
      return now - started > stuckAfterSeconds * 1000 ? 'stuck' : 'running';
    }
    default:
      return 'other';
  }
}

/** A timer cannot wait longer than this, milliseconds. */
const LONGEST_WAIT = 2 ** 31 - 1;

/**
 * Milliseconds until a running session counts as stuck: no file changes then, time alone makes it so. `null` when that
 * will not come, or is farther away than a timer can wait.
 */
export function stuckIn({ state, turnStartedAt }: Stateful, now: number, stuckAfterSeconds: number): number | null {
  const wait = Date.parse(turnStartedAt ?? '') + stuckAfterSeconds * 1000 - now;
  return state === 'running' && wait >= 0 && wait < LONGEST_WAIT - 50 ? wait + 50 : null;
}

/** First part of a zeroclaw key -> where the conversation took place. */
const CHANNELS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    cli: 'command line',
    gw: 'web chat',
    rpc: 'terminal',
    telegram: 'Telegram',
    discord: 'Discord',
    slack: 'Slack',
    matrix: 'Matrix',
    whatsapp: 'WhatsApp',
    signal: 'Signal',
    irc: 'IRC',
    email: 'e-mail',
    imessage: 'iMessage',
    mattermost: 'Mattermost',
    webhook: 'webhook',
    wecom: 'WeCom',
    lark: 'Lark',
    feishu: 'Feishu',
    dingtalk: 'DingTalk',
    qq: 'QQ',
    nostr: 'Nostr',
    line: 'LINE',
  }),
);

/** The channel that the store names, else the one its key begins with, else `null`. Keys cannot be split further safely. */
export function channelOf(session: Pick<SessionMetadata, 'key' | 'attributes'>): string | null {
  const id = session.attributes.channel_id;
  if (id) return id;
  const first = /^[a-z]+(?=[_/.])/i.exec(session.key)?.[0].toLowerCase();
  return (first && CHANNELS.get(first)) ?? null;
}

/** What a session is called on the screen: its name, else the first words of the user, else its key. */
export function labelOf(session: Pick<SessionMetadata, 'key' | 'name' | 'title'>): string {
  return session.name?.trim() || session.title || session.key;
}
