import type * as vscode from 'vscode';
import { type ServiceClient, ServiceError } from '../service/client';
import * as protocol from '../service/protocol';
import type {
  Direction,
  OperationPlan,
  OperationProgress,
  OperationRequest,
  OperationResult,
  ReverseRequest,
  ReverseResult,
} from '../shared/operations';

export type OnProgress = (progress: OperationProgress) => void;

/** Sends operations to the service and hands each its progress. */
export class OperationCalls {
  private lastId = 0;
  private readonly underWay = new Map<number, OnProgress>();

  constructor(private readonly client: Pick<ServiceClient, 'on' | 'request'>) {
    client.on(protocol.OperationProgressed, ({ id, progress }) => this.underWay.get(id)?.(progress));
  }

  /** `undefined` when it was cancelled. */
  async plan(request: OperationRequest, token: vscode.CancellationToken): Promise<OperationPlan | undefined> {
    try {
      return await this.client.request(protocol.PlanOperation, request, token);
    } catch (error) {
      if (token.isCancellationRequested) return undefined;
      throw error;
    }
  }

  /** Cancelling is no failure: the result says what was done until then. */
  run(request: OperationRequest, onProgress: OnProgress, token: vscode.CancellationToken): Promise<OperationResult> {
    return this.follow(onProgress, (id) => this.client.request(protocol.RunOperation, { id, request }, token));
  }

  reverse(
    direction: Direction,
    request: ReverseRequest,
    onProgress: OnProgress,
    token: vscode.CancellationToken,
  ): Promise<ReverseResult> {
    return this.follow(onProgress, (id) => this.client.request(protocol.Reverse, { id, direction, request }, token));
  }

  private async follow<T>(onProgress: OnProgress, send: (id: number) => Promise<T>): Promise<T> {
    const id = ++this.lastId;
    this.underWay.set(id, onProgress);
    try {
      return await send(id);
    } catch (error) {
      if (!(error instanceof ServiceError) || error.code !== 'service-stopped') throw error;
      throw new ServiceError(
        error.code,
        'The session service stopped in the middle of a change. What was half done is completed or rolled back when it starts again; the history then shows what was done.',
      );
    } finally {
      this.underWay.delete(id);
    }
  }
}
