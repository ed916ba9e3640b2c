/** The tools that results answer, for `tool:`. */
import { parseContent } from '../../content/parse';
import type { DatabaseConnection, Reader, SqlValue } from '../../sqlite/connection';
import { keyParameter } from '../../sqlite/keys';
import { earlierCalls } from './searchStatements';
import type { RowId } from './taskTypes';

/** An id that JSON writes as it is. */
const PLAIN = /^[\w.:-]+$/;

interface Asked {
  readonly key: string;
  readonly row: RowId;
  readonly call: string;
}

/**
 * Names of the tools behind call ids. A message is held against a query outside of any transaction; so what is asked for
 * and not known yet is noted, `resolve` reads it, and the message is looked at again.
 */
export class ToolNames {
  private readonly known = new Map<string, string | null>();
  private readonly asked = new Map<string, Asked>();

  constructor(private readonly connection: DatabaseConnection) {}

  /** `null` too where it is not known yet; `open` then says so. */
  of(key: string, row: RowId, call: string): string | null {
    const id = JSON.stringify([key, String(row), call]);
    const name = this.known.get(id);
    if (name === undefined) this.asked.set(id, { key, row, call });
    return name ?? null;
  }

  /** Names have been asked for that must be read first. */
  get open(): boolean {
    return this.asked.size > 0;
  }

  async resolve(): Promise<void> {
    const asked = [...this.asked];
    this.asked.clear();
    const names = await this.connection.run((reader) => asked.map(([id, one]) => [id, nameOf(reader, one)] as const));
    for (const [id, name] of names) this.known.set(id, name);
  }

  /** Between chunks: nobody asks for those rows again. */
  forget(): void {
    this.known.clear();
  }
}

/** The tool of the nearest earlier call with an id. */
function nameOf(reader: Reader, { key, row, call }: Asked): string | null {
  const parameter = keyParameter(key);
  const sql = earlierCalls(typeof row === 'string', parameter);
  const written = PLAIN.test(call) ? call : '';
  for (const [content] of reader.iterate<[SqlValue]>(sql, parameter.value, row, written)) {
    if (typeof content !== 'string') continue;
    const { blocks } = parseContent('assistant', content);
    for (const block of blocks) if (block.type === 'toolCall' && block.id === call) return block.name;
  }
  return null;
}
