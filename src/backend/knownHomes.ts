/** Where agents keep their sessions on this machine. Source: zeroclaw's own resolution, 0.4 to 0.8.4. */
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import type { StoreLocation } from '../shared/session';
import { discoverInFolder } from './discovery';

export interface KnownHome {
  /** "zeroclaw", "zeroclaw (before its upgrade to 0.8)" */
  readonly agent: string;
  readonly folder: string;
  readonly stores: readonly StoreLocation[];
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Folders to look at, most specific first; existing or not. */
async function candidates(environment: Environment, home: string): Promise<{ agent: string; folder: string }[]> {
  const root = path.join(home, '.zeroclaw');
  const list: { agent: string; folder: string }[] = [];
  for (const variable of ['ZEROCLAW_CONFIG_DIR', 'ZEROCLAW_DATA_DIR', 'ZEROCLAW_WORKSPACE']) {
    const folder = environment[variable];
    if (folder) list.push({ agent: `zeroclaw (${variable})`, folder });
  }
  const active = await fs.readFile(path.join(root, 'active_workspace.toml'), 'utf8').catch(() => '');
  const configured = /^\s*config_dir\s*=\s*["']([^"'\n]+)["']/m.exec(active)?.[1];
  if (configured) list.push({ agent: 'zeroclaw (active workspace)', folder: configured });
  list.push({ agent: 'zeroclaw', folder: root });
  const backups = (await fs.readdir(root).catch(() => [])).filter((name) => name.startsWith('backup-')).sort();
  for (const backup of backups) {
    list.push({ agent: `zeroclaw (${backup})`, folder: path.join(root, backup, 'legacy-workspace') });
  }
  list.push({ agent: 'zeroclaw (container)', folder: '/zeroclaw-data' });
  if (process.platform === 'darwin') {
    for (const prefix of ['/opt/homebrew', '/usr/local']) {
      list.push({ agent: 'zeroclaw (Homebrew)', folder: path.join(prefix, 'var', 'zeroclaw') });
    }
  }
  return list;
}

/** The homes that exist here and hold sessions. A folder that cannot be read is left out: it was not asked for. */
export async function knownHomes(environment: Environment = process.env, home = os.homedir()): Promise<KnownHome[]> {
  const homes: KnownHome[] = [];
  const seen = new Set<string>();
  for (const { agent, folder } of await candidates(environment, home)) {
    const resolved = path.resolve(folder);
    if (seen.has(resolved)) continue;
    seen.add(resolved);
    const stores = await discoverInFolder(resolved).catch(() => []);
    if (stores.length > 0) homes.push({ agent, folder: resolved, stores });
  }
  return homes;
}
