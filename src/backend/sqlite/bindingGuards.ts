import { errorText, StoreError, systemErrorCode } from '../errors';

/** The setting that names an own build of the native binding, as it is written in settings.json. */
export const bindingSetting = 'sessionInspector.sqliteBinding';

/** better-sqlite3 13 is compiled for Node-API 10: Node 22.14 and newer, VS Code 1.101 and newer. */
const requiredNapi = 10;

/** The systems for which better-sqlite3 ships a binary. */
export const supportedTargets: readonly string[] = ['linux', 'linuxmusl', 'darwin', 'win32'].flatMap((system) => [
  `${system}-x64`,
  `${system}-arm64`,
]);

function unavailable(message: string, cause?: unknown): StoreError {
  return new StoreError('sqlite-unavailable', message, cause === undefined ? undefined : { cause });
}

/**
 * Refuses a host whose Node-API is older than 10. Must come before the binary is touched: there the first database
 * ends the process with SIGSEGV (WiseLibs/better-sqlite3#1514), which nothing can catch.
 */
export function checkNodeApi(napi: string | undefined, nodeVersion: string): void {
  if (Number(napi) >= requiredNapi) return;
  throw unavailable(
    `SQLite stores cannot be read here: this host runs Node ${nodeVersion} (Node-API ${napi ?? 'unknown'}), and SQLite ` +
      'needs VS Code 1.101 or newer, or Node 22.14 or newer. JSONL stores are not affected.',
  );
}

/** Name of the binary for a system: `linux-x64`, `linuxmusl-arm64`, `win32-x64`, ... */
export function targetName(platform: string, arch: string, musl: boolean): string {
  return `${platform === 'linux' && musl ? 'linuxmusl' : platform}-${arch}`;
}

/** No binary for this system lies where one should. `looked` are the paths that were tried. */
export function missingBinding(target: string, looked: readonly string[]): StoreError {
  const known = supportedTargets.includes(target);
  const why = known
    ? `the SQLite binary for ${target} is not in this package (looked for ${looked.join(', ')}). Install the package for ` +
      'this system, or the one for all systems,'
    : `there is no SQLite binary for ${target}. There is one for ${supportedTargets.join(', ')}. Build better-sqlite3 13 yourself`;
  return unavailable(
    `SQLite stores cannot be read here: ${why} ${known ? 'or' : 'and'} name your own build in the setting ${bindingSetting}.`,
  );
}

/** The path in the user's setting cannot be a binary. */
export function checkOwnBinding(file: string, exists: (file: string) => boolean): void {
  if (!file.endsWith('.node')) {
    throw unavailable(`The setting ${bindingSetting} must name a file that ends in .node; it is ${file}.`);
  }
  if (!exists(file)) throw unavailable(`The file that the setting ${bindingSetting} names does not exist: ${file}.`);
}

/** Refuses a binary that the loader would crash on, or report in misleading words. */
export function checkFile(file: string, problem: string | undefined): void {
  if (problem === undefined) return;
  throw unavailable(
    `SQLite stores cannot be read here: the SQLite binary ${file} cannot be used, ${problem}. Install the package for this ` +
      `system again, or name your own build in the setting ${bindingSetting}.`,
  );
}

/** Words for an error that loading the binary `file` ended with. */
export function loadFailure(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const text = errorText(error);
  if (systemErrorCode(error) !== 'ERR_DLOPEN_FAILED') {
    return unavailable(`SQLite stores cannot be read here: ${file} could not be loaded: ${text}`, error);
  }
  const own = `name your own build in the setting ${bindingSetting}`;
  if (/GLIBC(?:XX)?_[\d.]+.*not found/s.test(text)) {
    return unavailable(
      'SQLite stores cannot be read here: the SQLite binary needs glibc 2.34 or newer (Debian 12, Ubuntu 22.04, RHEL 9), ' +
        `and this system has an older one. Build better-sqlite3 13 on this system and ${own}. (${text})`,
      error,
    );
  }
  if (
    /libc\.musl|ld-musl|invalid ELF header|wrong ELF class|not a valid Win32|file too short|mach-o|no suitable image/i.test(
      text,
    )
  ) {
    return unavailable(
      `SQLite stores cannot be read here: ${file} is a binary for another system, or damaged. Install the package for ` +
        `this system, or ${own}. (${text})`,
      error,
    );
  }
  return unavailable(`SQLite stores cannot be read here: ${file} could not be loaded: ${text}`, error);
}

/** Refuses a build without FTS5: every database of zeroclaw holds an FTS5 table. */
export function checkCompileOptions(options: readonly string[], file: string): void {
  if (options.includes('ENABLE_FTS5')) return;
  throw unavailable(
    `${file} is a build of SQLite without FTS5, which zeroclaw's databases need. Build it with SQLITE_ENABLE_FTS5.`,
  );
}
