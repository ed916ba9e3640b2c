// Writes a conversation in the shapes that zeroclaw stores: tool traffic is JSON inside the text, with sorted keys.

/** The same numbers on every run, so that the sample differs in its times only. */
export function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function seedOf(text) {
  let hash = 2166136261;
  for (const char of text) hash = Math.imul(hash ^ char.codePointAt(0), 16777619);
  return hash;
}

/** Compact JSON with its keys in alphabetical order, as the agent's serializer writes it. */
export function sortedJson(value) {
  return JSON.stringify(value, (_, item) =>
    item && typeof item === 'object' && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item,
  );
}

/** `[2026-08-20 10:00:00 UTC] `: what channels put before a user's text. */
function timePrefix(time) {
  return `[${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC] `;
}

/** A conversation under construction. `seed` fixes its pauses and ids. */
export class Chat {
  #entries = [];
  #random;
  #calls = 0;
  #prefixed;

  constructor(seed, { prefixed = false } = {}) {
    this.#random = randomNumbers(seedOf(seed));
    this.#prefixed = prefixed;
  }

  #pause(fromSeconds, toSeconds) {
    return (fromSeconds + this.#random() * (toSeconds - fromSeconds)) * 1000;
  }

  #add(role, content, pause) {
    this.#entries.push({ role, content, pause });
    return this;
  }

  /** How many messages there are so far. */
  get size() {
    return this.#entries.filter(({ role }) => role).length;
  }

  /** Lets time pass before the next message. */
  later({ minutes = 0, hours = 0, days = 0 }) {
    return this.#add(undefined, undefined, ((days * 24 + hours) * 60 + minutes) * 60_000);
  }

  user(text) {
    const content = this.#prefixed ? (time) => timePrefix(time) + text : text;
    return this.#add('user', content, this.#pause(25, 240));
  }

  assistant(text) {
    return this.#add('assistant', text, this.#pause(3, 25));
  }

  /** Any message as it is. */
  raw(role, content) {
    return this.#add(role, content, this.#pause(1, 10));
  }

  /**
   * One native tool round: the assistant's message with its calls, then a result for each.
   * A call is `[name, args, result]`; `receipt` signs the results.
   */
  round({ say = null, think, calls, receipt = false }) {
    const made = calls.map(([name, args, result]) => {
      this.#calls += 1;
      const id = `call_${this.#token(8)}_${this.#calls}`;
      return { id, name, args, result };
    });
    const message = {
      content: say,
      tool_calls: made.map(({ id, name, args }) => ({ id, name, arguments: sortedJson(args) })),
    };
    if (think) message.reasoning_content = think;
    this.#add('assistant', sortedJson(message), this.#pause(2, 14));
    for (const { id, result } of made) {
      const signed = receipt
        ? (time) => this.#result(id, `${result}\n\n[receipt: zc-receipt-${Math.floor(time / 1000)}-${this.#token(12)}]`)
        : this.#result(id, result);
      this.#add('tool', signed, this.#pause(1, 6));
    }
    return this;
  }

  #result(id, content) {
    return sortedJson({ content, tool_call_id: id });
  }

  #token(length) {
    const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
    return Array.from({ length }, () => letters[Math.floor(this.#random() * letters.length)]).join('');
  }

  /** The messages with their times, the last one at `end`. */
  messages(end) {
    const last = this.#entries.findLastIndex(({ role }) => role);
    const length = this.#entries.slice(0, last + 1).reduce((sum, { pause }) => sum + pause, 0);
    let time = end - length;
    const messages = [];
    for (const { role, content, pause } of this.#entries) {
      time += pause;
      if (role) messages.push({ role, content: typeof content === 'function' ? content(time) : content, time });
    }
    return messages;
  }
}
