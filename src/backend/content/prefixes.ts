/**
 * What zeroclaw writes in front of a user's own words: recalled memory, dates, the sender in a group.
 * Shapes: observed in stores of 0.6.6 to 0.8.4.
 */

export interface Prefixes {
  readonly memory?: string;
  readonly sender?: string;
  /** A group message that the agent only overheard. */
  readonly observed?: boolean;
  readonly statedTime?: string;
  /** The user's own text. */
  readonly rest: string;
}

const MEMORY_START = '[Memory context]';
const MEMORY_END = '[/Memory context]';
const GROUP = /^\[(Current|Observed) WhatsApp group message from ([^\]\n]{1,200})\]\s*/;
/** `[2026-08-20 10:00:00 CEST] `, the zone as abbreviation or offset. */
const TIME = /^\[(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?: [A-Za-z0-9+:−-]{1,12})?)\]\s?/;
const CURRENT_TIME = /^\[CURRENT DATE & TIME: ([^\]\n]{1,100})\]\s*/;

/** Takes the known prefixes off a user message, each at most once and in any order. */
export function splitPrefixes(content: string): Prefixes {
  let rest = content;
  let memory: string | undefined;
  let sender: string | undefined;
  let observed: boolean | undefined;
  let statedTime: string | undefined;
  for (;;) {
    if (memory === undefined && rest.startsWith(MEMORY_START)) {
      const end = rest.indexOf(MEMORY_END);
      if (end < 0) break;
      memory = rest.slice(MEMORY_START.length, end).trim();
      rest = rest.slice(end + MEMORY_END.length).trimStart();
      continue;
    }
    const group = sender === undefined ? GROUP.exec(rest) : null;
    if (group) {
      observed = group[1] === 'Observed';
      sender = group[2];
      rest = rest.slice(group[0].length);
      continue;
    }
    const time = statedTime === undefined ? (TIME.exec(rest) ?? CURRENT_TIME.exec(rest)) : null;
    if (time) {
      statedTime = time[1];
      rest = rest.slice(time[0].length);
      continue;
    }
    break;
  }
  return { rest, memory, sender, observed, statedTime };
}
