import * as path from 'node:path';
import type { StoreLocation } from '../shared/session';

/** Folder of a store below its workspace, the shortest name that tells stores apart on the screen. */
export function storeLabel(location: StoreLocation): string {
  const folder = location.kind === 'sqlite' ? path.dirname(location.path) : location.path;
  const parent = path.basename(path.dirname(folder));
  const name = `${parent === '' ? '' : `${parent}/`}${path.basename(folder)}`;
  return location.kind === 'sqlite' ? `${name}/${path.basename(location.path)}` : name;
}
