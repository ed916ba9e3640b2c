import type { ExistingKey, OrphanChoice } from '../shared/operations';
import type { EntryNode, FailureNode, SessionNode, StoreNode, TrashedNode, TreeNode } from '../tree/nodes';

function isNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null && 'kind' in value && 'id' in value;
}

/**
 * The rows that a command was called on: the selection when it holds the clicked row, else that row. Throws when VS Code
 * does not know any more which row that was: while it reads a store's rows anew, it has none of them. Another one, such as
 * the selected, must not take its place.
 */
export function rowNodes(args: readonly unknown[]): TreeNode[] {
  const [clicked, selected] = args;
  const isFromMenu = args.length > 1 && !args.some(isOptions);
  if (isFromMenu && (clicked === undefined || clicked === null)) {
    throw new Error('The list was drawn anew under the click. Nothing was done; try again.');
  }
  const nodes = Array.isArray(selected) && selected.includes(clicked) ? selected : [clicked];
  return nodes.filter(isNode);
}

export function sessionNodes(args: readonly unknown[]): SessionNode[] {
  return rowNodes(args).filter((node) => node.kind === 'session');
}

export function trashedNodes(args: readonly unknown[]): TrashedNode[] {
  return rowNodes(args).filter((node) => node.kind === 'trashed');
}

export function entryNodes(args: readonly unknown[]): EntryNode[] {
  return rowNodes(args).filter((node) => node.kind === 'entry');
}

export function storeOrFailure(args: readonly unknown[]): StoreNode | FailureNode | undefined {
  const [node] = args;
  return isNode(node) && (node.kind === 'store' || node.kind === 'failure') ? node : undefined;
}

/** File behind a row: a session's own file, else its store's. */
export function nodePath(node: StoreNode | SessionNode | FailureNode): string {
  if (node.kind === 'failure') return node.path;
  const { location } = node.kind === 'store' ? node.found : node.store.found;
  if (node.kind === 'store' || location.kind === 'sqlite') return location.path;
  const { key, origin } = node.metadata;
  return `${location.path}/${origin === 'live' ? `${key}.jsonl` : key}`;
}

/**
 * What a keybinding, a task or another extension can say beforehand, so that it is not asked: an object as the first
 * argument, or after the row and the selection.
 */
export interface CommandOptions {
  /** False: no question before the change is made. Questions with no answer here are answered by their default. */
  readonly confirm?: boolean;
  /** True: only what is selected in the tree counts, as for a key; with nothing selected nothing is done. */
  readonly selectedOnly?: boolean;
  /** Rename; empty takes the name away. */
  readonly name?: string;
  /** Append Message. */
  readonly role?: string;
  readonly content?: string;
  /** Clean Up. */
  readonly idleDays?: number;
  /** Compact, Compact Store: repeated blocks too. */
  readonly duplicates?: boolean;
  /** Compact Store, of a database. */
  readonly orphans?: OrphanChoice;
  readonly vacuum?: boolean;
  /** Migrate to SQLite, Export to JSONL. */
  readonly existing?: ExistingKey;
  readonly target?: string;
  /** Undo, Redo: entries of the history, in this order. */
  readonly entries?: readonly number[];
  /** Search Sessions: what is typed already. */
  readonly query?: string;
}

const isString = (value: unknown): value is string => typeof value === 'string';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isDays = (value: unknown): value is number => typeof value === 'number' && value > 0;
const isNumbers = (value: unknown): value is number[] => Array.isArray(value) && value.every(Number.isSafeInteger);
const isOneOf =
  <T extends string>(...words: T[]) =>
  (value: unknown): value is T =>
    words.some((word) => word === value);

const OPTIONS: { readonly [Name in keyof CommandOptions]-?: (value: unknown) => boolean } = {
  confirm: isBoolean,
  selectedOnly: isBoolean,
  name: isString,
  role: isString,
  content: isString,
  idleDays: isDays,
  duplicates: isBoolean,
  orphans: isOneOf('leave', 'adopt', 'remove'),
  vacuum: isBoolean,
  existing: isOneOf('skip', 'append-missing', 'other-key'),
  target: isString,
  entries: isNumbers,
  query: isString,
};

function isOptions(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isNode(value);
}

/** Options among the arguments. Throws words for the user when one has a value that it cannot have. */
export function commandOptions(args: readonly unknown[]): CommandOptions {
  const given = args.find(isOptions);
  const options: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given ?? {})) {
    const isValid = name in OPTIONS ? OPTIONS[name as keyof CommandOptions] : undefined;
    if (!isValid) continue;
    if (!isValid(value)) throw new Error(`The argument "${name}" of the command cannot be ${JSON.stringify(value)}.`);
    options[name] = value;
  }
  return options;
}
