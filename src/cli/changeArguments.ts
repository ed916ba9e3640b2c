import type { OperationRequest } from '../shared/operations';
import type { StoreKind } from '../shared/session';
import type { CommonArguments, Values } from './arguments';
import { fail, oneOf, whole } from './usageError';

/** Commands that change a store, but for undo, redo and trash. */
const CHANGES = [
  'rename',
  'keep',
  'append',
  'state',
  'remove-last',
  'clear',
  'delete',
  'compact',
  'migrate',
  'export',
  'cleanup',
] as const;
type ChangeCommand = (typeof CHANGES)[number];

/** A request without its store, which is found by path, kind and key. */
type Storeless = OperationRequest extends infer Each
  ? Each extends OperationRequest
    ? Omit<Each, 'store'>
    : never
  : never;

export interface ChangeArguments extends CommonArguments {
  readonly command: 'change';
  readonly store: string;
  /** Only a store of this kind can do it. */
  readonly onlyKind: StoreKind | undefined;
  /** Sessions that it is about; none: the whole store. */
  readonly keys: readonly string[];
  /** `read`: the content of `append` comes from standard input. */
  readonly request: Storeless | 'read-state';
  readonly readsInput: boolean;
  readonly dryRun: boolean;
}

export function isChange(command: string): command is ChangeCommand {
  return CHANGES.some((each) => each === command);
}

/** Sessions that a command takes: none or more, at least one, or exactly one. */
const KEYS: Readonly<Record<ChangeCommand, 'any' | 'some' | 'one' | 'none'>> = {
  rename: 'one',
  keep: 'some',
  append: 'one',
  state: 'one',
  'remove-last': 'one',
  clear: 'some',
  delete: 'some',
  compact: 'any',
  migrate: 'any',
  export: 'any',
  cleanup: 'none',
};

export function changeArguments(
  command: ChangeCommand,
  rest: readonly string[],
  values: Values,
  common: CommonArguments,
): ChangeArguments {
  const [store, ...more] = rest;
  const expected = KEYS[command];
  if (store === undefined) return fail(`${command} takes a STORE${expected === 'none' ? '' : ' and KEYs'}.`);
  const keys = expected === 'one' ? more.slice(0, 1) : more;
  if ((expected === 'one' || expected === 'some') && keys.length === 0)
    return fail(`${command} takes a STORE and a KEY.`);
  if (expected === 'none' && more.length > 0) return fail(`${command} takes one STORE.`);
  const words = expected === 'one' ? more.slice(1) : [];
  const request = requestOf(command, keys, words, values);
  return {
    command: 'change',
    store,
    onlyKind: command === 'migrate' ? 'jsonl' : command === 'export' ? 'sqlite' : undefined,
    keys,
    request,
    readsInput: command === 'append' && words.length === 0,
    dryRun: values['dry-run'] === true,
    ...common,
  };
}

function requestOf(
  command: ChangeCommand,
  keys: readonly string[],
  words: readonly string[],
  values: Values,
): Storeless | 'read-state' {
  const [key = ''] = keys;
  const [word, second] = words;
  const most = { rename: 1, append: 1, state: 2, 'remove-last': 0 }[command as string] ?? 0;
  if (words.length > most) return fail(`${command}: there is too much on the line. Put texts with spaces in quotes.`);
  switch (command) {
    case 'rename':
      return word === undefined
        ? fail('rename takes a STORE, a KEY and a NAME ("" takes it away).')
        : { operation: command, key, name: word };
    case 'keep':
      return { operation: command, keys, kept: values.off !== true };
    case 'append':
      return { operation: command, key, role: values.role ?? 'user', content: word ?? '' };
    case 'state':
      return word === undefined ? 'read-state' : { operation: command, keys, state: word, turnId: second ?? null };
    case 'remove-last':
      return { operation: command, key };
    case 'clear':
    case 'delete':
      return { operation: command, keys };
    case 'compact': {
      const duplicates = values.duplicates === true;
      const orphans = oneOf('orphans', values.orphans, ['leave', 'adopt', 'remove']) ?? 'leave';
      if (keys.length > 0) {
        if (values.vacuum || values.orphans)
          return fail('--vacuum and --orphans are about the whole store: leave the KEYs out.');
        return { operation: command, keys, duplicates };
      }
      return { operation: 'compact-store', duplicates, orphans, vacuum: values.vacuum === true };
    }
    case 'migrate':
    case 'export': {
      const existing = oneOf('existing', values.existing, ['skip', 'append-missing', 'other-key']) ?? 'skip';
      if (command === 'export' && values.to === undefined) return fail('export takes --to FOLDER.');
      return { operation: command, keys: keys.length > 0 ? keys : undefined, target: values.to, existing };
    }
    case 'cleanup': {
      const days = whole('idle-days', values['idle-days'], 1);
      const hours = whole('idle-hours', values['idle-hours'], 1) ?? (days === undefined ? undefined : days * 24);
      return hours === undefined
        ? fail('cleanup takes --idle-days N or --idle-hours N.')
        : { operation: command, idleHours: hours };
    }
  }
}
