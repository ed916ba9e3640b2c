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
    const next = named.length > 0 ? undefined : nextUndo(await journal.currentEntries());
    const entries = next ? [next.id] : named;
    if (entries.length > 0)
      await reversals.reverse({ direction: 'undo', requests: entries.map((entry) => ({ entry })) });
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
    const next = named.length > 0 ? undefined : undone.last(await journal.currentEntries());
    const entries = next ? [next.id] : named;
    if (entries.length > 0)
      await reversals.reverse({ direction: 'redo', requests: entries.map((entry) => ({ entry })) });
    else void vscode.window.showInformationMessage('There is nothing to redo.');
  }
}
