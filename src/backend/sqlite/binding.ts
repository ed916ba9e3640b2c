import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { elfProblem, type FileHead, readHead } from './bindingFile';
import {
  checkCompileOptions,
  checkFile,
  checkNodeApi,
  checkOwnBinding,
  loadFailure,
  missingBinding,
  targetName,
} from './bindingGuards';

export type SqliteDatabase = BetterSqlite3.Database;

/** Opens databases. There is one in a process for each binary. */
export interface SqliteLibrary {
  /** The binary in use. */
  readonly file: string;
  /** `create`: makes the file where there is none. */
  open(file: string, options: { readonly: boolean; timeout: number; create?: boolean }): SqliteDatabase;
}

/** What the choice of the binary depends on. Tests give another one. */
export interface BindingHost {
  readonly napi: string | undefined;
  readonly nodeVersion: string;
  readonly platform: string;
  readonly arch: string;
  isMusl(): boolean;
  exists(file: string): boolean;
  head(file: string): FileHead;
  /** Folders that may hold `<target>.node`, in the order in which they are tried. */
  readonly folders: readonly string[];
  /** Loads the native file (throws `ERR_DLOPEN_FAILED` as Node does). */
  loadAddon(file: string): void;
  /** better-sqlite3's constructor, its JavaScript only. */
  loadLibrary(): Promise<new (file: string, options: BetterSqlite3.Options) => SqliteDatabase>;
}

/** True on Alpine and its like: by the loader that this process runs on, else by glibc's absence from the report. */
function detectMusl(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const maps = fs.readFileSync('/proc/self/maps', 'latin1');
    if (/\/ld-musl-[^/\s]*\.so/.test(maps)) return true;
    if (/\/(?:ld-linux[^/\s]*|libc)\.so\.\d/.test(maps)) return false;
  } catch {
    // No /proc: the report has to do.
  }
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report;
  const before = report.excludeNetwork ?? false;
  // Without this the report asks for the name of every network peer, which can take seconds.
  report.excludeNetwork = true;
  try {
    const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
    return header?.glibcVersionRuntime === undefined;
  } finally {
    report.excludeNetwork = before;
  }
}

/** `native/` beside the bundle; in a checkout also the package's own folder, wherever above it lies. */
function bindingFolders(): string[] {
  const folders = [path.join(__dirname, 'native')];
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    folders.push(path.join(folder, 'node_modules', 'better-sqlite3', 'prebuilds'));
  }
  return folders;
}

/** The process that this runs in. */
export function currentHost(): BindingHost {
  return {
    napi: process.versions.napi,
    nodeVersion: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    isMusl: detectMusl,
    exists: (file) => fs.existsSync(file),
    head: readHead,
    folders: bindingFolders(),
    // Not the bundler's `require`: this one takes a path that is known at run time only.
    loadAddon: (file) => void createRequire(__filename)(file),
    // Imported here and not at the top: nobody pays for it who has no SQLite store.
    loadLibrary: async () => (await import('better-sqlite3')).default,
  };
}

/** The native file for this host. Throws `sqlite-unavailable` when there is none. */
export function findBinding(host: BindingHost, ownBuild: string | undefined): string {
  if (ownBuild) {
    checkOwnBinding(ownBuild, host.exists);
    return path.resolve(ownBuild);
  }
  const target = targetName(host.platform, host.arch, host.isMusl());
  const candidates = host.folders.map((folder) => path.join(folder, `${target}.node`));
  const found = candidates.find((file) => host.exists(file));
  if (found === undefined) throw missingBinding(target, candidates.slice(0, 1));
  return found;
}

async function load(host: BindingHost, ownBuild: string | undefined): Promise<SqliteLibrary> {
  checkNodeApi(host.napi, host.nodeVersion);
  const file = findBinding(host, ownBuild);
  try {
    checkFile(file, elfProblem(host.head(file), host.arch));
    host.loadAddon(file);
  } catch (error) {
    throw loadFailure(error, file);
  }
  const Database = await host.loadLibrary();
  const library: SqliteLibrary = {
    file,
    // The file is in Node's module cache by now; the library finds it there by its path.
    open: (database, { readonly, timeout, create }) =>
      new Database(database, { readonly, timeout, fileMustExist: !create, nativeBinding: file }),
  };
  let options: unknown[];
  try {
    const memory = new Database(':memory:', { nativeBinding: file });
    options = memory.prepare('PRAGMA compile_options').pluck().all();
    memory.close();
  } catch (error) {
    throw loadFailure(error, file);
  }
  checkCompileOptions(options.map(String), file);
  return library;
}

const loaded = new Map<string, Promise<SqliteLibrary>>();

/**
 * The SQLite library, loaded on the first call. `ownBuild` is the path in the user's setting; empty means the binary
 * that ships with the extension. Rejects with `sqlite-unavailable` and a message that says what to do; a failure is
 * not remembered, so that a corrected setting works without a restart.
 */
export function loadSqlite(ownBuild?: string, host?: BindingHost): Promise<SqliteLibrary> {
  if (host) return load(host, ownBuild);
  const name = ownBuild ?? '';
  const known = loaded.get(name);
  if (known) return known;
  const promise = load(currentHost(), ownBuild);
  loaded.set(name, promise);
  promise.catch(() => loaded.delete(name));
  return promise;
}
