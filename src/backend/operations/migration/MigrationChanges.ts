import * as fs from 'node:fs';
import { plural } from '../../../shared/format';
import type { Direction, ReversalChoice, ReversalChoiceId } from '../../../shared/operations';
import { StoreError } from '../../errors';
import type { MigrateChange } from '../../journal/changes';
import type { JournalItem } from '../../journal/Journal';
import { isSameFile, removeFile, syncFolder } from '../../jsonl/write/editedFile';
import { appendLines } from '../../jsonl/write/lateLines';
import { messageLine } from '../../jsonl/write/messageLine';
import { writeError } from '../../jsonl/write/writeErrors';
import type { ChangeSide, Reversal, StoreWriter } from '../../StoreWriter';
import type { OperationDeps } from '../BatchOperation';
import { absorb, endMove, reclaim, unstage } from './absorb';
import { importTogether } from './importTogether';
import { type Located, locate } from './located';
import { rowsFrom } from './messageRows';
import { type Place, placeFor } from './placement';
import { removeImported } from './removal';
import { closeSource, readSource, type Source } from './sourceFile';
import { type SessionFiles, sessionFiles, stage, there } from './staging';
import { openTarget, type Target } from './target';
import type { EarlierRows, Import, StepHook } from './writeRows';

const KEEP_NEW: ReversalChoice = {
  id: 'keep-new',
  label: 'Keep New Messages',
  description: 'They are added to the JSONL file, then the migration is taken back.',
};
const BRING_BACK: ReversalChoice = {
  id: 'overwrite',
  label: 'Bring the File Back',
  description: 'The database is left as it is.',
};

/**
 * Takes a migration of one session back, makes it again, and ends what a killed process has left of one. The caller holds
 * the locks of the folder and of the database.
 */
export class MigrationChanges implements Pick<StoreWriter, 'check' | 'reverse' | 'recover'> {
  constructor(
    private readonly deps: OperationDeps,
    private readonly onStep: StepHook = () => undefined,
  ) {}

  async check(item: JournalItem, direction: Direction): Promise<Reversal> {
    return this.#with(item, async (change, files, target) => {
      return direction === 'undo' ? this.#checkUndo(change, files, target) : this.#checkRedo(change, files, target);
    });
  }

  async reverse(
    item: JournalItem,
    direction: Direction,
    choice?: ReversalChoiceId,
  ): Promise<{ readonly newKey?: string }> {
    return this.#with(item, async (change, files, target) => {
      const check =
        direction === 'undo'
          ? await this.#checkUndo(change, files, target)
          : await this.#checkRedo(change, files, target);
      if (check.kind === 'conflict' && !check.choices.some(({ id }) => id === choice)) {
        throw new StoreError('conflict', check.message);
      }
      if (direction === 'undo') await this.#undo(change, files, target);
      else await this.#redo(change, files, target);
      return {};
    });
  }

  /** Where rows of the migration have been committed, it is completed; else the file goes back. */
  async recover(item: JournalItem): Promise<ChangeSide> {
    return this.#with(item, async (change, files, target) => {
      return item.status === 'undoing'
        ? this.#recoverUndo(change, files, target)
        : this.#recoverImport(change, files, target);
    });
  }

  async #with<T>(
    item: JournalItem,
    work: (change: MigrateChange, files: SessionFiles, target: Target | null) => Promise<T>,
  ): Promise<T> {
    const { change } = item;
    if (change.kind !== 'migrate') throw new StoreError('unsupported', 'This change is no migration.');
    const target = there(change.database) ? await openTarget(change.database, this.deps) : null;
    try {
      return await work(change, sessionFiles(change.folder, change.file), target);
    } catch (error) {
      throw writeError(error, change.folder);
    } finally {
      target?.connection.close();
    }
  }

  async #checkUndo(change: MigrateChange, files: SessionFiles, target: Target | null): Promise<Reversal> {
    const { name, live, migrated, staged } = files;
    const stays = (message: string): Reversal => ({ kind: 'conflict', message, choices: [] });
    if (there(live) || there(staged)) {
      const again = there(live) ? name : `${name}.importing`;
      return stays(`There is a file ${again} again in ${files.folder}. Move it away, then undo the migration.`);
    }
    if (!there(migrated)) {
      return stays(
        `${migrated} is gone: zeroclaw's own clean-up moves and deletes such files after some weeks. Export the session to JSONL instead.`,
      );
    }
    if (!target) return gone(change);
    const { ours, wanted, later, state } = await this.#reading(migrated, (source) => locate(target, change, source));
    if (ours.length < wanted) {
      if (!state.exists) return gone(change);
      return stays(
        `The messages of ${change.targetKey} in the database have been changed since its migration. Export it to JSONL instead.`,
      );
    }
    if (later.length === 0 || change.existed) return { kind: 'ready' };
    const message = `The agent has added ${plural(later.length, 'message')} to ${change.targetKey} in the database since its migration.`;
    return { kind: 'conflict', message, choices: [KEEP_NEW] };
  }

  async #checkRedo(change: MigrateChange, files: SessionFiles, target: Target | null): Promise<Reversal> {
    const { name, live, migrated, staged } = files;
    const stays = (message: string): Reversal => ({ kind: 'conflict', message, choices: [] });
    if (!there(live)) return stays(`${live} does not exist any more.`);
    if (!target) return stays(`${change.database} does not exist any more.`);
    if (there(staged) || there(migrated)) {
      return stays(`Another import of ${name} lies in ${files.folder}. Move it away, then migrate again.`);
    }
    return this.#reading(live, async (source) => {
      if (source.hash !== change.hash) return stays(`${name} has changed since. Migrate it again instead.`);
      const place = await this.#placeAgain(change, files, target, source);
      return typeof place === 'string'
        ? stays(`${change.targetKey} is ${place}. Migrate it again instead.`)
        : { kind: 'ready' };
    });
  }

  async #undo(change: MigrateChange, files: SessionFiles, target: Target | null): Promise<void> {
    if (target) {
      const located = await this.#reading(files.migrated, (source) => locate(target, change, source));
      await this.#takeOut(change, files, target, located);
    }
    await this.#bringBack(files);
  }

  /** Rows of the migration, and what came after them in a session that is there through it alone, leave the database. */
  async #takeOut(change: MigrateChange, files: SessionFiles, target: Target, located: Located): Promise<void> {
    const { targetKey, existed, metadataBefore } = change;
    const { ours, later } = located;
    const [firstId = 0] = ours;
    if (!existed && later.length > 0) {
      await addRowsToFile(files.migrated, target, targetKey, later[0] ?? 0);
      this.onStep('new-kept');
    }
    const lastId = (existed ? ours.at(-1) : (later.at(-1) ?? ours.at(-1))) ?? 0;
    await removeImported(target, files.name, { targetKey, existed, metadataBefore, firstId, lastId }, this.onStep);
  }

  /** The file under its own name again, with the lines of one that an agent has made there meanwhile. */
  async #bringBack(files: SessionFiles): Promise<void> {
    const { migrated, live, staged, folder } = files;
    if (isSameFile(there(migrated), there(live))) removeFile(migrated);
    else {
      fs.renameSync(migrated, staged);
      await unstage(files);
    }
    syncFolder(folder);
    this.onStep('brought-back');
  }

  async #redo(change: MigrateChange, files: SessionFiles, target: Target | null): Promise<void> {
    if (!target) throw new StoreError('not-found', `${change.database} does not exist any more.`);
    const place = await this.#reading(files.live, (source) => this.#placeAgain(change, files, target, source));
    if (typeof place === 'string') throw new StoreError('conflict', `${change.targetKey} is ${place}.`);
    stage(files);
    this.onStep('staged');
    const isFree = change.firstId > 0 && (await areFree(target, change.firstId, change.lastId));
    await this.#import(change, files, target, place, isFree ? { firstId: change.firstId, present: 0 } : null);
  }

  async #placeAgain(
    change: MigrateChange,
    files: SessionFiles,
    target: Target,
    source: Source,
  ): Promise<Place | string> {
    const existing = change.existed ? 'append-missing' : 'skip';
    const place = await placeFor(target, files.name, change.targetKey, source, existing, () => false);
    if (typeof place === 'string' || place.existed === change.existed) return place;
    return 'not in the target any more';
  }

  async #import(
    change: MigrateChange,
    files: SessionFiles,
    target: Target,
    place: Place,
    earlier: EarlierRows | null,
  ): Promise<void> {
    const name =
      this.deps.labels.of({ kind: 'jsonl', path: change.folder, role: 'live' }).get(change.key)?.name ?? null;
    const { now } = this.deps.context;
    const work: Import = { target, files, key: change.key, place, name, now, onStep: this.onStep };
    const [result] = await importTogether([{ work, source: await readSource(files.staged), earlier }]);
    if (!result) return;
    if ('error' in result) throw result.error;
    closeSource(result.source);
  }

  async #recoverImport(change: MigrateChange, files: SessionFiles, target: Target | null): Promise<ChangeSide> {
    endMove(files);
    await reclaim(files);
    if (there(files.staged)) await absorb(files);
    const at = [files.staged, files.migrated, files.live].find((file) => there(file));
    if (at === undefined) return 'before';
    const located = target && (await this.#reading(at, (source) => locate(target, change, source)));
    if (!target || !located || !isBegun(change, located)) {
      if (at === files.staged) await unstage(files);
      return at === files.migrated && !there(files.live) ? 'after' : 'before';
    }
    if (at === files.migrated && located.ours.length === located.wanted && !there(files.live)) return 'after';
    // Put back by a newer zeroclaw that could not go on, or half written, or with new lines: forward, so that nobody
    // meets both.
    if (at === files.live) stage(files);
    else if (at === files.migrated) fs.renameSync(files.migrated, files.staged);
    await this.#complete(change, files, target, located);
    return 'after';
  }

  async #complete(change: MigrateChange, files: SessionFiles, target: Target, located: Located): Promise<void> {
    const { targetKey, existed, metadataBefore } = change;
    const { state, skip, anchor, ours, wanted } = located;
    // All of it is there: only the hand-over is left.
    const hasReceipt = located.hasReceipt && ours.length === wanted;
    const { lastId } = state;
    const [firstId] = ours;
    const isFree = firstId !== undefined && (await areFree(target, firstId + ours.length, firstId + wanted - 1));
    if (firstId === undefined || isFree) {
      const place: Place = { targetKey, existed, metadataBefore, lastId, skip, anchor, hasReceipt };
      const earlier = firstId === undefined ? null : { firstId, present: ours.length };
      return this.#import(
        change,
        files,
        target,
        firstId === undefined ? { ...place, existed: state.exists } : place,
        earlier,
      );
    }
    // Lines that came later than the ids were taken.
    const place = { targetKey, existed: true, metadataBefore: state.metadata, lastId, skip: skip + ours.length };
    return this.#import(change, files, target, { ...place, anchor: 0, hasReceipt: false }, null);
  }

  async #recoverUndo(change: MigrateChange, files: SessionFiles, target: Target | null): Promise<ChangeSide> {
    if (there(files.staged)) await unstage(files);
    if (!there(files.migrated)) return there(files.live) ? 'before' : 'after';
    if (isSameFile(there(files.migrated), there(files.live))) {
      await this.#bringBack(files);
      return 'before';
    }
    if (target) {
      const located = await this.#reading(files.migrated, (source) => locate(target, change, source));
      const { ours, wanted, hasReceipt, state } = located;
      const isWhole = ours.length === wanted && (wanted > 0 || hasReceipt || (state.exists && !change.existed));
      if (isWhole) return 'after';
      await this.#takeOut(change, files, target, located);
    }
    await this.#bringBack(files);
    return 'before';
  }

  async #reading<T>(file: string, work: (source: Source) => Promise<T>): Promise<T> {
    const source = await readSource(file);
    try {
      return await work(source);
    } finally {
      closeSource(source);
    }
  }
}

function gone({ targetKey, file }: MigrateChange): Reversal {
  const message = `${targetKey} is not in the database any more. ${file} can be brought back all the same.`;
  return { kind: 'conflict', message, choices: [BRING_BACK] };
}

/** Whether anything of the migration has been committed. */
function isBegun(change: MigrateChange, { ours, wanted, hasReceipt, state }: Located): boolean {
  return ours.length > 0 || hasReceipt || (wanted === 0 && !change.existed && state.exists);
}

async function areFree(target: Target, firstId: number, lastId: number): Promise<boolean> {
  return target.connection.read(
    (database) =>
      database.prepare('SELECT 1 FROM sessions WHERE id BETWEEN ? AND ? LIMIT 1').get(firstId, lastId) === undefined,
  );
}

/** Adds rows of a session, from an id on, to the end of a file. */
async function addRowsToFile(file: string, target: Target, key: string, fromId: number): Promise<void> {
  const mode = Number(there(file)?.mode ?? 0o600n) & 0o777;
  for await (const rows of rowsFrom(target.connection, key, fromId)) {
    const lines = rows.map(([, role, content]) => messageLine(String(role), String(content)));
    appendLines(file, Buffer.concat(lines), mode);
  }
}
