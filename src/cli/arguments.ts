import { parseArgs } from 'node:util';
import type { StoreKind } from '../shared/session';

/** Wrong usage: exit status 2. */
export class UsageError extends Error {}

export interface ListArguments {
  readonly command: 'list';
  readonly store: string;
  readonly json: boolean;
  readonly kind: StoreKind | undefined;
}

export interface ShowArguments {
  readonly command: 'show';
  readonly store: string;
  readonly key: string;
  readonly json: boolean;
  readonly kind: StoreKind | undefined;
  /** First message, from 0; negative: from the end. `undefined`: the first. */
  readonly from: number | undefined;
  /** `undefined`: all that follow. */
  readonly count: number | undefined;
}

export type Arguments = ListArguments | ShowArguments | { readonly command: 'help' } | { readonly command: 'version' };

function whole(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(text) || Number(text) < least) {
    throw new UsageError(`--${name} takes a whole number${least === 0 ? ' of 0 or more' : ''}, not "${text}".`);
  }
  return Number(text);
}

function storeKind(text: string | undefined): StoreKind | undefined {
  if (text === undefined || text === 'jsonl' || text === 'sqlite') return text;
  throw new UsageError(`--kind takes jsonl or sqlite, not "${text}".`);
}

/** Reads the command line. Throws `UsageError` with words for the user. */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(argv);
  if (values.help || (positionals.length === 0 && argv.length === 0)) return { command: 'help' };
  if (values.version) return { command: 'version' };
  const [command, store, key, ...rest] = positionals;
  const json = values.json === true;
  const kind = storeKind(values.kind);
  switch (command) {
    case 'list':
      if (store === undefined || key !== undefined) throw new UsageError('list takes one STORE.');
      if (values.from !== undefined || values.count !== undefined) {
        throw new UsageError('--from and --count belong to show.');
      }
      return { command, store, json, kind };
    case 'show':
      if (store === undefined || key === undefined || rest.length > 0) {
        throw new UsageError('show takes a STORE and a KEY.');
      }
      return {
        command,
        store,
        key,
        json,
        kind,
        from: whole('from', values.from, Number.NEGATIVE_INFINITY),
        count: whole('count', values.count, 0),
      };
    default:
      throw new UsageError(command === undefined ? 'No command.' : `There is no command "${command}".`);
  }
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: joinNegative(argv),
      allowPositionals: true,
      options: {
        json: { type: 'boolean' },
        kind: { type: 'string' },
        from: { type: 'string' },
        count: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** `--from -20` as `--from=-20`: the parser would take the number for an option. */
function joinNegative(argv: readonly string[]): string[] {
  const joined: string[] = [];
  for (const argument of argv) {
    if (joined.at(-1) === '--from' && /^-\d+$/.test(argument)) joined[joined.length - 1] = `--from=${argument}`;
    else joined.push(argument);
  }
  return joined;
}
