/** Finds stores in folders. Looks at names only: no store is opened, no session read. */
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { StoreLocation } from '../shared/session';
import { StoreError, systemErrorCode } from './errors';

export const DATABASE_NAME = 'sessions.db';
const SESSIONS_FOLDER = 'sessions';
const ARCHIVE_FOLDER = 'archive';
/** Where zeroclaw puts `sessions/` below its root: 0.8 and newer, 0.4 to 0.7. */
const DATA_FOLDERS = ['data', 'workspace'];
const SESSION_FILE = /\.jsonl(?:\.migrated|\.importing)?$/;

async function namesIn(folder: string): Promise<string[] | null> {
  try {
    return await fs.readdir(folder);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new StoreError(
      code === 'EACCES' || code === 'EPERM' ? 'no-permission' : 'read-failed',
      `The folder ${folder} cannot be read (${code ?? 'unknown error'}). Check its permissions, then retry.`,
      { cause: error },
    );
  }
}

/**
 * The stores in one sessions folder: the database, the JSONL files, and both again in `archive/`.
 * A folder with neither is an empty JSONL store, as zeroclaw would start one there.
 */
async function storesInSessionsFolder(folder: string, role: StoreLocation['role']): Promise<StoreLocation[]> {
  const names = await namesIn(folder);
  if (names === null) return [];
  const stores: StoreLocation[] = [];
  const hasDatabase = names.includes(DATABASE_NAME);
  if (hasDatabase) stores.push({ kind: 'sqlite', path: path.join(folder, DATABASE_NAME), role });
  const hasFiles = names.some((name) => SESSION_FILE.test(name));
  if (hasFiles || (!hasDatabase && role === 'live')) stores.push({ kind: 'jsonl', path: folder, role });
  if (role === 'live' && names.includes(ARCHIVE_FOLDER)) {
    stores.push(...(await storesInSessionsFolder(path.join(folder, ARCHIVE_FOLDER), 'archive')));
  }
  return stores;
}

/** Stores of a workspace folder: one that is or holds `sessions/`, or is an agent's home. None is not an error. */
export async function discoverInFolder(folder: string): Promise<StoreLocation[]> {
  const names = await namesIn(folder);
  if (names === null) return [];
  const stores: StoreLocation[] = [];
  if (path.basename(folder) === SESSIONS_FOLDER || names.includes(DATABASE_NAME)) {
    stores.push(...(await storesInSessionsFolder(folder, 'live')));
  }
  if (names.includes(SESSIONS_FOLDER)) {
    stores.push(...(await storesInSessionsFolder(path.join(folder, SESSIONS_FOLDER), 'live')));
  }
  for (const data of DATA_FOLDERS) {
    if (!names.includes(data)) continue;
    const sessions = path.join(folder, data, SESSIONS_FOLDER);
    stores.push(...(await storesInSessionsFolder(sessions, 'live')));
  }
  return stores;
}

/**
 * Stores at a path that a user named: a database file, a sessions folder of any name, or a folder that holds one.
 * Rejects with `not-found` or `not-a-store` and words that say what was looked for.
 */
export async function resolveStorePath(given: string): Promise<StoreLocation[]> {
  const target = path.resolve(given);
  const stat = await fs.stat(target).catch((error: unknown) => {
    throw new StoreError('not-found', `${target} does not exist. Give a sessions folder or a ${DATABASE_NAME} file.`, {
      cause: error,
    });
  });
  if (stat.isFile()) {
    if (target.endsWith('.jsonl')) {
      throw new StoreError(
        'not-a-store',
        `${target} is one session. Give the folder that holds it: ${path.dirname(target)}`,
      );
    }
    return [{ kind: 'sqlite', path: target, role: 'live' }];
  }
  if (!stat.isDirectory()) {
    throw new StoreError('not-a-store', `${target} is neither a folder nor a file.`);
  }
  const found = await discoverInFolder(target);
  if (found.length > 0) return found;
  const names = (await namesIn(target)) ?? [];
  if (names.some((name) => SESSION_FILE.test(name))) return storesInSessionsFolder(target, 'live');
  throw new StoreError(
    'not-a-store',
    `${target} holds no sessions: there is no ${SESSIONS_FOLDER} folder, no ${DATABASE_NAME} and no .jsonl file in it.`,
  );
}
