import * as fs from 'node:fs';
import { systemErrorCode } from '../../errors';

/** The file that is asked about: any of its names (the last parts) that a process may have opened it by. */
export interface WatchedFile {
  readonly stat: fs.BigIntStats;
  readonly names: readonly string[];
}

/** Who has a file open for writing. */
export interface Writers {
  /** Process ids, as far as they can be seen. */
  readonly ids: ReadonlySet<number>;
  /**
   * Milliseconds after which a writer that cannot be seen has gone: zeroclaw has a file open for some ten microseconds,
   * so this is room for a process that has to wait for its turn. 0 where all can be seen.
   */
  readonly grace: number;
}

/** Where single processes do not let themselves be looked at. */
const FEW_UNSEEN = 20;
/** Where none can be seen. */
const ALL_UNSEEN = 50;

/**
 * Looks at the processes of the file's owner and of this user, on Linux. One that runs in a container which
 * this process cannot see into is not found.
 */
export function writersOf({ stat, names }: WatchedFile): Writers {
  const ids = new Set<number>();
  let grace = 0;
  let processes: string[] = [];
  try {
    if (process.platform !== 'linux') return { ids, grace: ALL_UNSEEN };
    processes = fs.readdirSync('/proc');
  } catch {
    return { ids, grace: ALL_UNSEEN };
  }
  const own = process.geteuid?.() ?? 0;
  const owner = Number(stat.uid);
  for (const id of processes) {
    // This process opens sessions to read, or has them written within one call.
    if (!/^\d/.test(id) || Number(id) === process.pid) continue;
    const folder = `/proc/${id}`;
    try {
      const { uid } = fs.statSync(folder);
      if (uid !== own && uid !== owner) continue;
      if (hasOpen(folder, stat, names)) ids.add(Number(id));
    } catch (error) {
      const code = systemErrorCode(error);
      // Otherwise it has ended meanwhile.
      if (code !== 'ENOENT' && code !== 'ESRCH') grace = FEW_UNSEEN;
    }
  }
  return { ids, grace };
}

function hasOpen(folder: string, stat: fs.BigIntStats, names: readonly string[]): boolean {
  for (const fd of fs.readdirSync(`${folder}/fd`)) {
    try {
      const target = fs.readlinkSync(`${folder}/fd/${fd}`);
      // The name first: most descriptors are sockets, pipes and other files, and need no closer look.
      if (!names.some((name) => target.includes(name))) continue;
      const found = fs.statSync(`${folder}/fd/${fd}`, { bigint: true });
      if (found.ino !== stat.ino || found.dev !== stat.dev) continue;
      const flags = /^flags:\s*([0-7]+)/m.exec(fs.readFileSync(`${folder}/fdinfo/${fd}`, 'utf8'))?.[1];
      // O_WRONLY or O_RDWR.
      if (flags === undefined || (Number.parseInt(flags, 8) & 3) !== 0) return true;
    } catch (error) {
      const code = systemErrorCode(error);
      if (code !== 'ENOENT' && code !== 'ESRCH') throw error;
    }
  }
  return false;
}
