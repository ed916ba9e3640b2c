import * as fs from 'node:fs';
import * as path from 'node:path';
import type { SessionMetadata } from '../../../shared/session';
import { agentFileName } from '../../jsonl/sessionKeys';
import { isSameFile } from '../../jsonl/write/editedFile';
import { type SessionFiles, sessionFiles, there } from './staging';

const STAGED = '.importing';

/** A session of a JSONL folder that may be migrated. */
export interface Candidate {
  readonly files: SessionFiles;
  /** As zeroclaw derives it from the file's name. */
  readonly key: string;
  /** An import by a zeroclaw that was killed has left it. */
  readonly isLeftOver: boolean;
}

/** `listed`: key as the list shows it, which for a left-over file is its whole name. */
export function candidateOf(folder: string, listed: string): Candidate {
  const isLeftOver = listed.endsWith(`.jsonl${STAGED}`);
  const name = isLeftOver ? listed.slice(0, -STAGED.length) : `${listed}.jsonl`;
  return { files: sessionFiles(folder, name), key: name.slice(0, -'.jsonl'.length), isLeftOver };
}

/** The keys, as the list shows them, that a migration of all sessions is about. */
export function isCandidate({ origin }: SessionMetadata): boolean {
  return origin !== 'migrated';
}

/** Why a file is not migrated, from what the folder shows without opening it; `undefined` when it is. */
export function refusalOf({ files, key, isLeftOver }: Candidate): string | undefined {
  const { name, live, staged, migrated, folder } = files;
  const file = isLeftOver ? staged : live;
  const stat = there(file);
  if (!stat) return 'it does not exist (any more)';
  if (stat.isSymbolicLink()) return `${path.basename(file)} is a symbolic link: move the file itself here`;
  if (stat.isDirectory()) return `${path.basename(file)} is a directory: move it away`;
  if (!stat.isFile()) return `${path.basename(file)} is no regular file: move it away`;
  const wanted = agentFileName(key);
  if (wanted !== name) {
    const other = fs.existsSync(path.join(folder, wanted));
    return other
      ? `zeroclaw takes its key for the one of ${wanted}, which is another session's file`
      : `zeroclaw would not write a file of this name: it looks for ${wanted}`;
  }
  const before = there(migrated);
  if (before && !isSameFile(before, stat)) return `${name}.migrated is there already: move one of the two away`;
  if (!isLeftOver && there(staged)) return `its lines are taken in with ${name}${STAGED}, which lies beside it`;
  return undefined;
}
