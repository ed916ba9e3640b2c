import type * as vscode from 'vscode';
import type { ServiceClient } from '../service/client';
import type { JournalModel } from '../tree/journalModel';
import type { TreeNode } from '../tree/nodes';
import type { OperationDocuments } from './operationDocuments';
import type { OperationRunner } from './operationRunner';
import type { Reversals } from './reversals';
import type { Targets } from './targets';
import type { UndoneEntries } from './undoneEntries';

/** What commands that change something work with. */
export interface OperationServices {
  readonly client: Pick<ServiceClient, 'request'>;
  readonly targets: Targets;
  readonly runner: OperationRunner;
  readonly reversals: Reversals;
  readonly undone: UndoneEntries;
  readonly journal: JournalModel;
  readonly documents: OperationDocuments;
  readonly view: vscode.TreeView<TreeNode>;
}
