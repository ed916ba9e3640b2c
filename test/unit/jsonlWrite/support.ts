import * as fs from 'node:fs';
import * as path from 'node:path';
import { Journal, type JournalItem } from '../../../src/backend/journal/Journal';
import { JsonlSessionStore } from '../../../src/backend/jsonl/JsonlSessionStore';
import { JsonlWriter } from '../../../src/backend/jsonl/write/JsonlWriter';
import type { EditReport, SessionEdit } from '../../../src/backend/StoreWriter';
import type { Direction, OperationKind, ReversalChoiceId } from '../../../src/shared/operations';
import type { StoreLocation } from '../../../src/shared/session';
import { temporaryFolder } from '../../support/project';

/** A folder of sessions with its writer and a journal, used as `Operations` uses them. */
export class Bench {
  private constructor(
    readonly root: string,
    readonly location: StoreLocation,
    readonly reader: JsonlSessionStore,
    readonly writer: JsonlWriter,
    readonly journal: Journal,
    readonly log: string[],
  ) {}

  static async open(root = temporaryFolder('write')): Promise<Bench> {
    const folder = path.join(root, 'sessions');
    const dataFolder = path.join(root, 'data');
    fs.mkdirSync(folder, { recursive: true });
    const location: StoreLocation = { kind: 'jsonl', path: folder, role: 'live' };
    const log: string[] = [];
    const context = {
      now: Date.now,
      log: (level: string, text: string) => void log.push(`${level}: ${text}`),
      dataFolder,
    };
    const reader = await JsonlSessionStore.open(location, context);
    const journal = await Journal.open(dataFolder, Date.now);
    return new Bench(root, location, reader, new JsonlWriter(reader, context), journal, log);
  }

  get folder(): string {
    return this.location.path;
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  put(name: string, content: string | Buffer): string {
    fs.writeFileSync(this.file(name), content);
    return this.file(name);
  }

  text(name: string): string {
    return fs.readFileSync(this.file(name), 'utf8');
  }

  /** Names in the folder, so that a test sees what is left over. */
  names(): string[] {
    return fs.readdirSync(this.folder).sort();
  }

  async messages(key: string): Promise<string[]> {
    return (await this.reader.load(key)).messages.map(({ content }) => content);
  }

  /** One edit with its journal entry; the item is `undefined` when nothing was started. */
  async apply(edit: SessionEdit, signal?: AbortSignal): Promise<{ report: EditReport; item: JournalItem | undefined }> {
    const entry = this.journal.begin(edit.kind as OperationKind, this.location, 1);
    const recorder = this.journal.recorder(entry, edit.key);
    try {
      const report = await this.writer.apply(edit, recorder, { signal });
      const id = recorder.startedItem;
      return { report, item: id === undefined ? undefined : this.journal.item(id) };
    } catch (error) {
      const id = recorder.startedItem;
      const item = id === undefined ? undefined : this.journal.item(id);
      if (item && (await this.writer.recover(item)) === 'after') this.journal.setStatus(item.id, 'done');
      else recorder.discard();
      throw error;
    }
  }

  /** An edit that must have been made. */
  async made(edit: SessionEdit): Promise<JournalItem> {
    const { item } = await this.apply(edit);
    if (!item) throw new Error('nothing was started');
    return item;
  }

  async reverse(
    { id }: JournalItem,
    direction: Direction,
    choice?: ReversalChoiceId,
  ): Promise<{ readonly newKey?: string }> {
    const [before, during, after] =
      direction === 'undo' ? (['done', 'undoing', 'undone'] as const) : (['undone', 'redoing', 'done'] as const);
    this.journal.setStatus(id, during);
    const item = this.journal.item(id);
    if (!item) throw new Error(`no item ${id}`);
    try {
      const result = await this.writer.reverse(item, direction, choice);
      this.journal.setStatus(id, after);
      return result;
    } catch (error) {
      const side = await this.writer.recover(item);
      this.journal.setStatus(id, side === (direction === 'undo' ? 'before' : 'after') ? after : before);
      throw error;
    }
  }

  async close(remove = true): Promise<void> {
    await this.writer.close();
    await this.reader.close();
    this.journal.close();
    if (remove) fs.rmSync(this.root, { recursive: true, force: true });
  }
}
