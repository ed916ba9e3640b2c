import * as vscode from 'vscode';
import { nextUndo } from '../tree/historyEntries';
import { commandOptions, entryNodes } from './arguments';
import type { Command } from './commandRegistry';
import type { OperationServices } from './operationServices';

/** Entries of the history that were clicked or named. The selection does not count: the keys mean what they mean in an editor. */
function namedEntries(args: readonly unknown[]): readonly number[] {
  return commandOptions(args).entries ?? entryNodes(args).map(({ entry }) => entry.id);
}

/** Takes changes back: those that are named, else the newest of this workspace. */
export class Undo implements Command {
  readonly id = 'sessionInspector.undo';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const { journal, reversals } = this.services;
    // The newest change is the first to be taken back.
    const named = [...namedEntries(args)].sort((a, b) => b - a);
    for (const entry of named) await reversals.reverse('undo', { entry });
    if (named.length > 0) return;
    const next = nextUndo(await journal.currentEntries());
    if (next) await reversals.reverse('undo', { entry: next.id });
    else void vscode.window.showInformationMessage('There is nothing to undo in this workspace.');
  }
}

/** Makes changes again: those that are named, else the one that was undone last. */
export class Redo implements Command {
  readonly id = 'sessionInspector.redo';
  constructor(private readonly services: OperationServices) {}

  async execute(...args: unknown[]): Promise<void> {
    const { journal, reversals, undone } = this.services;
    const named = [...namedEntries(args)].sort((a, b) => a - b);
    for (const entry of named) await reversals.reverse('redo', { entry });
    if (named.length > 0) return;
    const next = undone.last(await journal.currentEntries());
    if (next) await reversals.reverse('redo', { entry: next.id });
    else void vscode.window.showInformationMessage('There is nothing to redo.');
  }
}
