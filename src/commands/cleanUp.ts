import * as vscode from 'vscode';
import { plural } from '../shared/format';
import { shortPath } from '../tree/treeItems';
import { commandOptions } from './arguments';
import type { Command } from './commandRegistry';
import type { OperationServices } from './operationServices';

const TITLE = 'Clean up';
const USUAL_DAYS = [7, 30, 90];
const HOURS = 24;

/** Deletes sessions that have been idle for long, never a running or kept one. */
export class CleanUp implements Command {
  readonly id = 'sessionInspector.cleanUp';
  constructor(
    private readonly services: OperationServices,
    private readonly usualDays: () => number,
  ) {}

  async execute(...args: unknown[]): Promise<void> {
    const { targets, runner } = this.services;
    const { idleDays, confirm } = commandOptions(args);
    const stores = await targets.stores(args, { title: TITLE, fits: ({ role }) => role === 'live' });
    if (stores.length === 0) return;
    const days = idleDays ?? (confirm === false ? this.usualDays() : await askDays(this.usualDays()));
    if (days === undefined) return;
    await runner.perform({
      requests: stores.map((store) => ({ operation: 'cleanup', store, idleHours: days * HOURS })),
      ask: confirm === false ? 'never' : 'always',
      place: stores.length === 1 ? stores.map(({ path }) => shortPath(path)).join() : plural(stores.length, 'store'),
    });
  }
}

async function askDays(usual: number): Promise<number | undefined> {
  const all = [usual, ...USUAL_DAYS.filter((days) => days !== usual).sort((a, b) => a - b)];
  const picks: (vscode.QuickPickItem & { days?: number })[] = [
    ...all.map((days) => ({ label: plural(days, 'day'), days })),
    { label: 'Other...' },
  ];
  const chosen = await vscode.window.showQuickPick(picks, {
    title: TITLE,
    placeHolder: 'Delete sessions that have been idle for longer than',
  });
  if (!chosen || chosen.days !== undefined) return chosen?.days;
  const given = await vscode.window.showInputBox({
    title: TITLE,
    prompt: 'Days for which a session has been idle',
    value: String(usual),
    validateInput: (text) => (Number(text) > 0 ? undefined : 'A number of days above 0.'),
  });
  return given === undefined ? undefined : Number(given);
}
