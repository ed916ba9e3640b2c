import * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import * as protocol from '../service/protocol';
import { recoveryWords } from './recoveryWords';

/** Tells of changes that a killed process had left half made. */
export function tellRecoveries(client: Pick<ServiceClient, 'on'>): void {
  client.on(protocol.Recovered, ({ recoveries }) => {
    if (recoveries.length === 0) return;
    void vscode.window.showInformationMessage(recoveryWords(recoveries), 'Show History').then((answer) => {
      if (answer) return vscode.commands.executeCommand('sessionInspector.showHistory');
      return undefined;
    });
  });
}
