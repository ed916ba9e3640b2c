import type { MessageConnection } from 'vscode-jsonrpc';
import { errorText, StoreError } from '../backend/errors';
import { Operations } from '../backend/operations/Operations';
import type { BackendContext, SessionBackend } from '../backend/SessionBackend';
import type {
  Direction,
  OperationPlan,
  OperationProgress,
  OperationRequest,
  OperationResult,
  ReverseResult,
} from '../shared/operations';
import { type StoreLocation, storeId } from '../shared/session';
import * as protocol from './protocol';

export interface ServedOptions {
  readonly connection: MessageConnection;
  readonly context: BackendContext;
  readonly sqliteBinding: string | undefined;
  readonly open: (location: StoreLocation) => Promise<SessionBackend>;
  readonly settings: () => protocol.Settings;
  readonly onChange: (storeId: string, keys: readonly string[]) => void;
}

/** After the start, milliseconds: the first rows come before what can wait. */
const CLEAR_UP_AFTER = 3000;

/** The operations as the service offers them: only in a trusted workspace, with progress and notices to the host. */
export class ServedOperations {
  readonly operations: Operations;
  private clearUp: NodeJS.Timeout | undefined;

  constructor(private readonly options: ServedOptions) {
    const { context, open, sqliteBinding, onChange, connection } = options;
    this.operations = new Operations({
      context,
      open,
      sqliteBinding,
      onChange: (store, keys) => onChange(storeId(store), keys),
      onRecovered: (recoveries) => void connection.sendNotification(protocol.Recovered, { recoveries }),
    });
  }

  /** Clears up after a killed process, and what is too old in the journal; not in an untrusted workspace. */
  start(): void {
    this.clearUp = setTimeout(() => void this.startedUp(), CLEAR_UP_AFTER);
    this.clearUp.unref();
  }

  private async startedUp(): Promise<void> {
    const { connection, context, settings } = this.options;
    if (!settings().trusted) return;
    try {
      const recoveries = await this.operations.recover();
      if (recoveries.length > 0) await connection.sendNotification(protocol.Recovered, { recoveries });
      const purged = await this.operations.purgeOld(settings().trashDays, settings().trashBytes);
      if (recoveries.length + purged > 0) this.journalChanged();
    } catch (error) {
      context.log('error', `The journal could not be cleared up: ${errorText(error)}`);
    }
  }

  plan(request: OperationRequest, signal: AbortSignal): Promise<OperationPlan> {
    return this.operations.plan(request, signal);
  }

  async run({ id, request }: protocol.RunParams, signal: AbortSignal): Promise<OperationResult> {
    this.allow();
    try {
      return await this.operations.run(request, { signal, onProgress: this.progress(id) });
    } finally {
      this.journalChanged();
    }
  }

  async reverse({ id, direction, request }: protocol.ReverseParams, signal: AbortSignal): Promise<ReverseResult> {
    this.allow();
    try {
      return await this.operations.reverse(direction satisfies Direction, request, {
        signal,
        onProgress: this.progress(id),
      });
    } finally {
      this.journalChanged();
    }
  }

  async purgeTrash(items: readonly number[] | 'all'): Promise<{ items: number; bytes: number }> {
    this.allow();
    const purged = await this.operations.purgeTrash(items);
    this.journalChanged();
    return purged;
  }

  async close(): Promise<void> {
    clearTimeout(this.clearUp);
    await this.operations.close();
  }

  private allow(): void {
    if (this.options.settings().trusted) return;
    throw new StoreError(
      'untrusted',
      'Nothing is changed in an untrusted workspace. Trust it with "Workspaces: Manage Workspace Trust", then try again.',
    );
  }

  private progress(id: number): (progress: OperationProgress) => void {
    return (progress) => void this.options.connection.sendNotification(protocol.OperationProgressed, { id, progress });
  }

  private journalChanged(): void {
    void this.options.connection.sendNotification(protocol.JournalChanged, {});
  }
}
