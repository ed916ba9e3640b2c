import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

function findRoot(): string {
  let folder = __dirname;
  while (!fs.existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
}

/** The project's folder, from wherever the bundled test runs. */
export const projectRoot = findRoot();

/** A file or folder of test/fixtures. Read it only: copy what a test may change with `fixtureCopy`. */
export function fixture(...parts: string[]): string {
  return path.join(projectRoot, 'test', 'fixtures', ...parts);
}

/** A new empty folder below the system's temporary folder. */
export function temporaryFolder(label = 'test'): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), `asi-${label}-`));
}

/** A writable copy of a fixture's folder in a temporary folder. */
export function fixtureCopy(...parts: string[]): string {
  const target = temporaryFolder('fixture');
  fs.cpSync(fixture(...parts), target, { recursive: true });
  return target;
}

/** JSON of a fixture. The caller names the shape; a wrong one fails its assertions. */
export function fixtureJson<T>(...parts: string[]): T {
  return JSON.parse(fs.readFileSync(fixture(...parts), 'utf8')) as T;
}
