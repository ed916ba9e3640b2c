import * as fs from 'node:fs';
import * as path from 'node:path';
import type { OperationRequest } from '../../../shared/operations';
import type { StoreLocation } from '../../../shared/session';
import { StoreError } from '../../errors';
import type { OperationDeps } from '../BatchOperation';
import { Migration } from './Migration';
import { openTarget } from './target';
import type { StepHook } from './writeRows';

export type MigrateRequest = Extract<OperationRequest, { operation: 'migrate' }>;

const DATABASE = 'sessions.db';

/**
 * JSONL to SQLite, by the protocol of zeroclaw's newest version (staging.ts). `onStep` is told of each step, for tests.
 * Rejects with a `StoreError`.
 */
export async function openMigration(
  request: MigrateRequest,
  deps: OperationDeps,
  onStep: StepHook = () => undefined,
): Promise<Migration> {
  if (request.store.kind !== 'jsonl') {
    throw new StoreError('unsupported', `${request.store.path} is a database already.`);
  }
  const target: StoreLocation = { kind: 'sqlite', path: databasePath(request), role: 'live' };
  return new Migration(request, target, await openTarget(target.path, deps), deps, onStep);
}

function databasePath({ store, target }: MigrateRequest): string {
  const file = path.resolve(target ?? path.join(store.path, DATABASE));
  return fs.statSync(file, { throwIfNoEntry: false })?.isDirectory() ? path.join(file, DATABASE) : file;
}
