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

interface Looked {
  readonly file: WatchedFile;
  readonly ids: Set<number>;
  grace: number;
}

/** Who writes to one file, seen now. */
export function writersOf(file: WatchedFile): Writers {
  const looked: Looked = { file, ids: new Set(), grace: 0 };
  look([looked]);
  return looked;
}

interface Asked {
  readonly looked: Looked;
  readonly answer: (writers: Writers) => void;
}
let asked: Asked[] = [];

/** The same for many files at once: all that ask within one turn are answered by one look, which is not before they ask. */
export function writersTogether(file: WatchedFile): Promise<Writers> {
  return new Promise((answer) => {
    asked.push({ looked: { file, ids: new Set(), grace: 0 }, answer });
    if (asked.length > 1) return;
    setImmediate(() => {
      const all = asked;
      asked = [];
      look(all.map(({ looked }) => looked));
      for (const each of all) each.answer(each.looked);
    });
  });
}

/**
 * Looks at the processes of each file's owner and of this user, on Linux. One that runs in a container which this
 * process cannot see into is not found.
 */
function look(all: readonly Looked[]): void {
  let processes: string[] = [];
  try {
    if (process.platform === 'linux') processes = fs.readdirSync('/proc');
  } catch {
    // As where there is no such folder.
  }
  if (processes.length === 0) {
    for (const looked of all) looked.grace = ALL_UNSEEN;
    return;
  }
  const own = process.geteuid?.() ?? 0;
  for (const id of processes) {
    // This process opens sessions to read, or has them written within one call.
    if (!/^\d/.test(id) || Number(id) === process.pid) continue;
    const folder = `/proc/${id}`;
    let files: readonly Looked[] = all;
    try {
      const { uid } = fs.statSync(folder);
      if (uid !== own) files = all.filter(({ file }) => Number(file.stat.uid) === uid);
      if (files.length > 0) findOpen(folder, Number(id), files);
    } catch (error) {
      // Otherwise it has ended meanwhile.
      if (isGone(error)) continue;
      for (const looked of files) looked.grace = FEW_UNSEEN;
    }
  }
}

function findOpen(folder: string, id: number, files: readonly Looked[]): void {
  for (const fd of fs.readdirSync(`${folder}/fd`)) {
    try {
      const target = fs.readlinkSync(`${folder}/fd/${fd}`);
      for (const { file, ids } of files) {
        // The name first: most descriptors are sockets, pipes and other files, and need no closer look.
        if (!file.names.some((name) => target.includes(name))) continue;
        if (isWriting(folder, fd, file.stat)) ids.add(id);
      }
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
}

function isWriting(folder: string, fd: string, stat: fs.BigIntStats): boolean {
  const found = fs.statSync(`${folder}/fd/${fd}`, { bigint: true });
  if (found.ino !== stat.ino || found.dev !== stat.dev) return false;
  const flags = /^flags:\s*([0-7]+)/m.exec(fs.readFileSync(`${folder}/fdinfo/${fd}`, 'utf8'))?.[1];
  // O_WRONLY or O_RDWR.
  return flags === undefined || (Number.parseInt(flags, 8) & 3) !== 0;
}

function isGone(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code === 'ENOENT' || code === 'ESRCH';
}
