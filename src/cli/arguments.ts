import { parseArgs } from 'node:util';
import type { ReversalChoiceId } from '../shared/operations';
import type { StoreKind } from '../shared/session';
import { type ChangeArguments, changeArguments, isChange } from './changeArguments';
import { fail, oneOf, UsageError, whole } from './usageError';

/** Options of every command that opens stores or the journal. */
export interface CommonArguments {
  readonly json: boolean;
  readonly kind: StoreKind | undefined;
  /** Folder for the journal, names and pins; `undefined`: the user's own. */
  readonly dataDir: string | undefined;
}

export interface ListArguments extends CommonArguments {
  readonly command: 'list';
  readonly store: string;
}

export interface ShowArguments extends CommonArguments {
  readonly command: 'show';
  readonly store: string;
  readonly key: string;
  /** First message, from 0; negative: from the end. `undefined`: the first. */
  readonly from: number | undefined;
  /** `undefined`: all that follow. */
  readonly count: number | undefined;
}

export interface SearchArguments extends CommonArguments {
  readonly command: 'search';
  readonly stores: readonly string[];
  readonly query: string;
  readonly limit: number;
  readonly order: 'rank' | 'time';
}

export interface StuckArguments extends CommonArguments {
  readonly command: 'stuck';
  readonly store: string;
  readonly seconds: number;
  readonly markIdle: boolean;
}

export interface HistoryArguments extends CommonArguments {
  readonly command: 'history';
  readonly limit: number;
}

export interface ReverseArguments extends CommonArguments {
  readonly command: 'undo' | 'redo';
  /** `undefined`: the newest that can be. */
  readonly entry: number | undefined;
  readonly item: number | undefined;
  readonly choice: ReversalChoiceId | undefined;
}

export interface TrashArguments extends CommonArguments {
  readonly command: 'trash';
  readonly action:
    | { readonly kind: 'list' }
    | { readonly kind: 'restore' | 'purge'; readonly items: readonly number[] | 'all' };
  readonly choice: ReversalChoiceId | undefined;
  readonly dryRun: boolean;
}

export type Arguments =
  | ListArguments
  | ShowArguments
  | SearchArguments
  | StuckArguments
  | HistoryArguments
  | ReverseArguments
  | TrashArguments
  | ChangeArguments
  | { readonly command: 'help' }
  | { readonly command: 'version' };

const TEXT = { type: 'string' } as const;
const SWITCH = { type: 'boolean' } as const;

const OPTIONS = {
  json: SWITCH,
  kind: TEXT,
  'data-dir': TEXT,
  'dry-run': SWITCH,
  from: TEXT,
  count: TEXT,
  seconds: TEXT,
  'mark-idle': SWITCH,
  limit: TEXT,
  order: TEXT,
  item: TEXT,
  choice: TEXT,
  all: SWITCH,
  role: TEXT,
  duplicates: SWITCH,
  orphans: TEXT,
  vacuum: SWITCH,
  to: TEXT,
  existing: TEXT,
  'idle-hours': TEXT,
  'idle-days': TEXT,
  off: SWITCH,
  help: { type: 'boolean', short: 'h' },
  version: SWITCH,
} as const;

/** What the command line gave for each option. */
export type Values = {
  readonly [name in keyof typeof OPTIONS]?: (typeof OPTIONS)[name]['type'] extends 'boolean' ? boolean : string;
};

/** Options that a command takes, besides those of all. */
const TAKES: Readonly<Record<string, readonly (keyof Values)[]>> = {
  list: [],
  show: ['from', 'count'],
  search: ['limit', 'order'],
  stuck: ['seconds', 'mark-idle'],
  history: ['limit'],
  undo: ['item', 'choice'],
  redo: ['item', 'choice'],
  trash: ['all', 'choice', 'dry-run'],
  rename: [],
  keep: ['off'],
  append: ['role'],
  state: [],
  'remove-last': ['dry-run'],
  clear: ['dry-run'],
  delete: ['dry-run'],
  compact: ['dry-run', 'duplicates', 'orphans', 'vacuum'],
  migrate: ['dry-run', 'to', 'existing'],
  export: ['dry-run', 'to', 'existing'],
  cleanup: ['dry-run', 'idle-hours', 'idle-days'],
};
const COMMON: readonly (keyof Values)[] = ['json', 'kind', 'data-dir'];

/** Hits that a search shows. */
const SEARCH_LIMIT = 50;

const CHOICES = ['keep-new', 'other-key', 'overwrite'] as const;

/** Reads the command line. Throws `UsageError` with words for the user. */
export function parseArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parse(argv);
  if (values.help || (positionals.length === 0 && argv.length === 0)) return { command: 'help' };
  if (values.version) return { command: 'version' };
  const [command, ...rest] = positionals;
  const takes = command === undefined || !Object.hasOwn(TAKES, command) ? undefined : TAKES[command];
  if (command === undefined || !takes) {
    return fail(command === undefined ? 'No command.' : `There is no command "${command}".`);
  }
  for (const [name, value] of Object.entries(values)) {
    const isKnown = [...takes, ...COMMON].some((each) => each === name);
    if (value !== undefined && !isKnown) fail(`--${name} does not belong to ${command}.`);
  }
  const common = {
    json: values.json === true,
    kind: oneOf('kind', values.kind, ['jsonl', 'sqlite']),
    dataDir: values['data-dir'],
  };
  return isChange(command)
    ? changeArguments(command, rest, values, common)
    : readArguments(command, rest, values, common);
}

function readArguments(command: string, rest: readonly string[], values: Values, common: CommonArguments): Arguments {
  const [first, second] = rest;
  const choice = oneOf('choice', values.choice, CHOICES);
  switch (command) {
    case 'list':
      if (first === undefined || rest.length > 1) return fail('list takes one STORE.');
      return { command, store: first, ...common };
    case 'show': {
      if (first === undefined || second === undefined || rest.length > 2) return fail('show takes a STORE and a KEY.');
      const from = whole('from', values.from, Number.NEGATIVE_INFINITY);
      return { command, store: first, key: second, from, count: whole('count', values.count, 0), ...common };
    }
    case 'search':
      return searchArguments(rest, values, common);
    case 'stuck': {
      if (first === undefined || rest.length > 1) return fail('stuck takes one STORE.');
      const seconds = whole('seconds', values.seconds, 0) ?? 600;
      return { command, store: first, seconds, markIdle: values['mark-idle'] === true, ...common };
    }
    case 'history':
      if (rest.length > 0) return fail('history takes no STORE: it is one for all stores.');
      return { command, limit: whole('limit', values.limit, 1) ?? 20, ...common };
    case 'undo':
    case 'redo': {
      if (rest.length > 1) return fail(`${command} takes one ENTRY of the history.`);
      const item = whole('item', values.item, 1);
      if (item !== undefined && first === undefined) return fail('--item needs an ENTRY.');
      return { command, entry: whole('ENTRY', first, 1), item, choice, ...common };
    }
    default:
      return {
        command: 'trash',
        action: trashAction(rest, values),
        choice,
        dryRun: values['dry-run'] === true,
        ...common,
      };
  }
}

function searchArguments(rest: readonly string[], values: Values, common: CommonArguments): SearchArguments {
  const query = rest.at(-1);
  if (query === undefined || rest.length < 2)
    return fail('search takes one or more STOREs and a QUERY, which is one argument.');
  return {
    command: 'search',
    stores: rest.slice(0, -1),
    query,
    limit: whole('limit', values.limit, 0) ?? SEARCH_LIMIT,
    order: oneOf('order', values.order, ['rank', 'time']) ?? 'rank',
    ...common,
  };
}

function trashAction([action, ...given]: readonly string[], values: Values): TrashArguments['action'] {
  if (action === undefined || action === 'list')
    return given.length === 0 ? { kind: 'list' } : fail('trash list takes nothing.');
  if (action !== 'restore' && action !== 'purge') return fail('trash takes list, restore or purge.');
  if (values.all === true) return given.length === 0 ? { kind: action, items: 'all' } : fail('--all stands alone.');
  const items = given.map((text) => whole('ITEM', text, 1)).filter((item) => item !== undefined);
  return items.length === 0 ? fail(`trash ${action} takes ITEMs of "trash list", or --all.`) : { kind: action, items };
}

function parse(argv: readonly string[]): { values: Values; positionals: string[] } {
  try {
    return parseArgs({ args: joinNegative(argv), allowPositionals: true, options: OPTIONS });
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
