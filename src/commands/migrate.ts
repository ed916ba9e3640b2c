import * as path from 'node:path';
import * as vscode from 'vscode';
import { plural } from '../shared/format';
import type { ExistingKey, OperationPlan, OperationRequest } from '../shared/operations';
import type { StoreKind, StoreLocation } from '../shared/session';
import { shortPath } from '../tree/treeItems';
import { type CommandOptions, commandOptions } from './arguments';
import type { Command } from './commandRegistry';
import type { OperationServices } from './operationServices';
import { byStore } from './targets';

type TransferRequest = Extract<OperationRequest, { operation: 'migrate' | 'export' }>;

/** What is to be moved: sessions of a store, or all of it. */
interface Share {
  readonly store: StoreLocation;
  readonly keys: readonly string[] | undefined;
}

/** The selected sessions, else the whole selected store, else a store that the user picks. */
async function shares(
  { targets }: OperationServices,
  args: readonly unknown[],
  { title, kind }: { title: string; kind: StoreKind },
): Promise<readonly Share[]> {
  const fits = (store: StoreLocation) => store.kind === kind && store.role === 'live';
  const rows = targets.rows(args);
  if (rows.some((row) => row.kind === 'session')) {
    const sessions = (await targets.sessions(args, { title })).filter(({ store }) => fits(store));
    return byStore(sessions);
  }
  return (await targets.stores(args, { title, fits })).filter(fits).map((store) => ({ store, keys: undefined }));
}

/**
 * Plans both ways of dealing with keys that the target has already; asks which only where there are such keys, which show
 * as sessions that the one way skips and the other does not.
 */
async function chooseExisting(
  { runner }: OperationServices,
  make: (existing: ExistingKey) => TransferRequest,
  title: string,
): Promise<{ request: TransferRequest; plans: readonly OperationPlan[] | undefined } | undefined> {
  const plans = await runner.plan([make('skip')]);
  const [skipping] = plans ?? [];
  if (!skipping) return undefined;
  if (skipping.skipped.length === 0) return { request: make('skip'), plans };
  const others = await runner.plan([make('other-key')]);
  const [renaming] = others ?? [];
  if (!renaming) return undefined;
  const conflicts = skipping.skipped.length - renaming.skipped.length;
  if (conflicts <= 0) return { request: make('skip'), plans };
  const picks: (vscode.QuickPickItem & { existing: ExistingKey })[] = [
    { label: 'Skip them', description: 'they stay where they are', existing: 'skip' },
    {
      label: 'Append what is missing',
      description: 'the target gets the messages it does not have',
      existing: 'append-missing',
    },
    { label: 'Use another key', description: 'both stay, side by side', existing: 'other-key' },
  ];
  const placeHolder = `${plural(conflicts, 'session')} that the target has already`;
  const chosen = await vscode.window.showQuickPick(picks, { title, placeHolder });
  if (!chosen) return undefined;
  const { existing } = chosen;
  return {
    request: make(existing),
    plans: existing === 'skip' ? plans : existing === 'other-key' ? others : undefined,
  };
}

async function transfer(
  services: OperationServices,
  make: (existing: ExistingKey) => TransferRequest,
  { title, place, confirm, existing }: Pick<CommandOptions, 'confirm' | 'existing'> & { title: string; place: string },
): Promise<void> {
  const { runner } = services;
  if (confirm === false) {
    await runner.perform({ requests: [make(existing ?? 'skip')], ask: 'never' });
    return;
  }
  const chosen = existing ? { request: make(existing), plans: undefined } : await chooseExisting(services, make, title);
  if (chosen) await runner.perform({ requests: [chosen.request], plans: chosen.plans, ask: 'always', place });
}

/** JSONL sessions into a database, as the newest zeroclaw does it. */
export class MigrateToSqlite implements Command {
  readonly id = 'sessionInspector.migrateToSqlite';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const options = commandOptions(args);
    const title = 'Migrate to SQLite';
    for (const { store, keys } of await shares(this.services, args, { title, kind: 'jsonl' })) {
      const { target } = options;
      const place = shortPath(target ?? path.join(store.path, 'sessions.db'));
      const make = (existing: ExistingKey): TransferRequest => ({
        operation: 'migrate',
        store,
        keys,
        target,
        existing,
      });
      await transfer(this.services, make, { ...options, title, place });
    }
  }
}

/** Sessions of a database into JSONL files. */
export class ExportToJsonl implements Command {
  readonly id = 'sessionInspector.exportToJsonl';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const options = commandOptions(args);
    const title = 'Export to JSONL';
    for (const { store, keys } of await shares(this.services, args, { title, kind: 'sqlite' })) {
      const folder = path.dirname(store.path);
      const target = options.target ?? (options.confirm === false ? folder : await askFolder(folder));
      if (target === undefined) return;
      const make = (existing: ExistingKey): TransferRequest => ({ operation: 'export', store, keys, target, existing });
      await transfer(this.services, make, { ...options, title, place: shortPath(target) });
    }
  }
}

async function askFolder(proposed: string): Promise<string | undefined> {
  const [picked] =
    (await vscode.window.showOpenDialog({
      title: 'Folder for the JSONL files',
      openLabel: 'Export',
      defaultUri: vscode.Uri.file(proposed),
      canSelectFolders: true,
      canSelectFiles: false,
    })) ?? [];
  return picked?.fsPath;
}
