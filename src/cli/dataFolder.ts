import * as os from 'node:os';
import * as path from 'node:path';

const NAME = 'agent-session-inspector';

/** Where the command line keeps journal, names and pins unless `--data-dir` says otherwise: the system's place for data. */
export function defaultDataFolder(
  environment: NodeJS.ProcessEnv = process.env,
  platform: string = process.platform,
): string {
  const home = os.homedir();
  if (platform === 'win32') return path.join(environment.LOCALAPPDATA || path.join(home, 'AppData', 'Local'), NAME);
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', NAME);
  const given = environment.XDG_DATA_HOME;
  return path.join(given && path.isAbsolute(given) ? given : path.join(home, '.local', 'share'), NAME);
}
