import * as fs from 'node:fs';
import * as path from 'node:path';

/** The lock table names a file by the numbers of its device and its inode, the former in hexadecimal. */
function lockNames(file: string): string[] {
  try {
    const { dev, ino } = fs.statSync(file);
    const major = ((dev >>> 8) & 0xfff).toString(16).padStart(2, '0');
    const minor = ((dev & 0xff) | ((dev >>> 12) & 0xfff00)).toString(16).padStart(2, '0');
    return [`${major}:${minor}:${ino}`];
  } catch {
    return [];
  }
}

/** A connection in write-ahead mode holds a lock on the main file and on `-shm` for as long as it is open. */
function isLocked(file: string): boolean {
  const names = new Set([...lockNames(file), ...lockNames(`${file}-shm`)]);
  // "1: POSIX  ADVISORY  READ 1234 08:01:5678 128 128"
  for (const line of fs.readFileSync('/proc/locks', 'utf8').split('\n')) {
    const [, , , , pid, name] = line.replace(' ->', '').split(/\s+/);
    if (name !== undefined && names.has(name) && Number(pid) !== process.pid) return true;
  }
  return false;
}

/** `undefined`: not all processes may be looked into. */
function isOpen(file: string): boolean | undefined {
  let hidden = false;
  for (const name of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const folder = path.join('/proc', name, 'fd');
    try {
      for (const descriptor of fs.readdirSync(folder)) {
        try {
          if (fs.readlinkSync(path.join(folder, descriptor)) === file) return true;
        } catch {
          // Closed meanwhile.
        }
      }
    } catch {
      // Another user's, or ended meanwhile.
      hidden ||= fs.existsSync(path.join('/proc', name));
    }
  }
  return hidden ? undefined : false;
}

/**
 * Whether another process has the database open, for warnings: `undefined` where that cannot be found out (everywhere but
 * on Linux; there for processes of other users in a database without a write-ahead log). Opens nothing of the store.
 */
export function heldByOthers(file: string): boolean | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const real = fs.realpathSync(file);
    if (isLocked(real)) return true;
    const open = isOpen(real);
    // With a log there every open connection would have a lock.
    return open ?? (fs.existsSync(`${real}-wal`) ? false : undefined);
  } catch {
    return undefined;
  }
}
