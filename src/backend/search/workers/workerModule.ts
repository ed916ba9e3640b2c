import * as fs from 'node:fs';
import * as path from 'node:path';
import { StoreError } from '../../errors';

const NAME = 'searchWorker.js';

/** The bundled program of the search threads: beside the running bundle, in a checkout in the `dist/` above it. */
export function searchWorkerModule(): string {
  const beside = path.join(__dirname, NAME);
  if (fs.existsSync(beside)) return beside;
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const built = path.join(folder, 'dist', NAME);
    if (fs.existsSync(built)) return built;
  }
  throw new StoreError('read-failed', `${beside} is missing: the extension is not whole. Install it again.`);
}
