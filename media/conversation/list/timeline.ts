/** What the clock says between two rows: another day, or a long silence. */
import type { ConversationRow } from '../../../src/shared/conversationProtocol';
import { strings } from '../strings';
import { dayLabel, formatDuration, parseStatedTime, parseTime, sameDay } from '../text/format';

const gapFrom = 60 * 60 * 1000;

interface Clock {
  readonly time: number;
  /** The store's time stamp, or what the agent wrote into the text: the two do not compare. */
  readonly stated: boolean;
}

function clockOf(row: ConversationRow): Clock | null {
  if (row.kind !== 'message') return null;
  const time = parseTime(row.createdAt);
  if (time !== null) return { time, stated: false };
  const stated = parseStatedTime(row.statedTime);
  return stated === null ? null : { time: stated, stated: true };
}

/** Feed it the rows in order; it answers with the label of the rule above a row, or `null`. */
export class Timeline {
  #last: Clock | null = null;
  /** Set while nothing is known of what came before. */
  #blind = false;
  #waiting: string | null = null;

  /** Rows are missing here. */
  gap(): void {
    this.#last = null;
    this.#waiting = null;
    this.#blind = true;
  }

  next(row: ConversationRow, hidden: boolean): string | null {
    const clock = clockOf(row);
    if (clock) {
      const label = this.#label(clock);
      if (label !== null) this.#waiting = label;
      this.#last = clock;
      this.#blind = false;
    }
    if (hidden) return null;
    const label = this.#waiting;
    this.#waiting = null;
    return label;
  }

  #label(clock: Clock): string | null {
    const last = this.#last;
    if (last === null) return this.#blind ? null : dayLabel(clock.time);
    if (last.stated !== clock.stated) return null;
    if (!sameDay(last.time, clock.time)) return dayLabel(clock.time);
    const silence = clock.time - last.time;
    return silence > gapFrom ? strings.gap(formatDuration(silence)) : null;
  }
}
