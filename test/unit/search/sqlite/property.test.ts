import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createZeroclawDatabase, type ZeroclawAge, zeroclawAges } from '../../../support/zeroclawSchema';
import { closeAll, newDatabase } from '../../sqlite/support';
import { closePool, closeSearches, insertRow, openSearch, places, ranked, scan } from './support';

/*
 * The reference knows nothing of expressions, indexes and threads: it folds whole texts and looks with `includes`. Its
 * texts are made of letters for which that is exact.
 */

const words = [
  'alpha',
  'Alpha',
  'béta',
  'beta',
  'delta_epsilon',
  'epsilon',
  '部署',
  '部',
  'call_17',
  '17',
  'ok',
  'a',
  'Ω',
  'ω',
  'C++',
  '->',
  'naïve',
];

interface Stored {
  readonly key: string;
  readonly role: string;
  readonly content: string | Buffer;
  readonly minute: number;
}

type Piece =
  | { readonly kind: 'text'; readonly text: string; readonly whole: boolean; readonly negated: boolean }
  | { readonly kind: 'role'; readonly text: string; readonly negated: boolean }
  | { readonly kind: 'after'; readonly minute: number; readonly negated: boolean };

const stored: fc.Arbitrary<Stored> = fc.record({
  key: fc.constantFrom('k1', 'k2', 'alpha', 'k 3'),
  role: fc.constantFrom('user', 'assistant', 'system', 'other'),
  content: fc.oneof(
    { weight: 12, arbitrary: fc.array(fc.constantFrom(...words), { maxLength: 6 }).map((list) => list.join(' ')) },
    { weight: 1, arbitrary: fc.constant(Buffer.from('alpha')) },
  ),
  minute: fc.integer({ min: 0, max: 59 }),
});

const text = fc
  .oneof(
    fc.constantFrom(...words),
    fc.tuple(fc.constantFrom(...words), fc.constantFrom(...words)).map((pair) => pair.join(' ')),
    fc.constantFrom('psilon', 'lph', 'elta', 'ta_eps', 'BETA', 'all', '署', 'x', '1', 'k1'),
  )
  .filter((each) => each !== '');
const piece: fc.Arbitrary<Piece> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('text' as const), text, whole: fc.boolean(), negated: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('role' as const),
      text: fc.constantFrom('user', 'assist', 'ther'),
      negated: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('after' as const),
      minute: fc.integer({ min: 0, max: 59 }),
      negated: fc.boolean(),
    }),
  },
);
const clauses = fc.array(fc.array(piece, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 });

function timeOf(minute: number): string {
  return `2026-03-01T10:${String(minute).padStart(2, '0')}:00.000000000+00:00`;
}

function source(pieces: readonly (readonly Piece[])[]): string {
  const write = (each: Piece): string => {
    const sign = each.negated ? '-' : '';
    if (each.kind === 'role') return `${sign}role:${each.text}`;
    if (each.kind === 'after') return `${sign}after:2026-03-01T10:${String(each.minute).padStart(2, '0')}:00Z`;
    return `${sign}${each.whole ? '=' : ''}"${each.text}"`;
  };
  return pieces.map((clause) => clause.map(write).join(' OR ')).join(' ');
}

const fold = (value: string): string =>
  value
    .toLowerCase()
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '');
const isWord = (character: string): boolean => /[\p{L}\p{N}\p{M}_]/u.test(character);

function holds(each: Piece, row: Stored): boolean {
  if (typeof row.content !== 'string') return false;
  if (each.kind === 'role') return row.role.includes(each.text) !== each.negated;
  if (each.kind === 'after') return row.minute >= each.minute !== each.negated;
  const content = fold(row.content);
  const wanted = fold(each.text);
  let found = false;
  for (let at = content.indexOf(wanted); at >= 0 && !found; at = content.indexOf(wanted, at + 1)) {
    found = !each.whole || !(isWord(content[at - 1] ?? ' ') || isWord(content[at + wanted.length] ?? ' '));
  }
  return found !== each.negated;
}

const RUNS = Number(process.env.ASI_TRUTH_RUNS ?? 30);

suite('search of a database: against an independent reference', () => {
  teardown(async () => {
    await closeSearches();
    await closeAll();
  });
  suiteTeardown(closePool);

  test('random databases, random queries', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<ZeroclawAge>(...zeroclawAges),
        fc.array(stored, { maxLength: 60 }),
        fc.array(fc.nat(59), { maxLength: 8 }),
        fc.array(clauses, { minLength: 1, maxLength: 6 }),
        fc.constantFrom(3, 100),
        async (age, all, deleted, queries, limit) => {
          const file = newDatabase();
          const database = createZeroclawDatabase(file, age);
          for (const { minute, key, role, content } of all) {
            insertRow(database, { session_key: key, role, content, created_at: timeOf(minute) });
          }
          const gone = new Set(deleted);
          for (const number of gone) database.prepare('DELETE FROM sessions WHERE id = ?').run(number + 1);
          database.close();
          const positions = new Map<string, number>();
          const rows = all.flatMap((row, number) => {
            if (gone.has(number)) return [];
            const position = positions.get(row.key) ?? 0;
            positions.set(row.key, position + 1);
            return [{ row, place: `${row.key} ${position}`, number }];
          });
          const search = openSearch(file);
          for (const query of queries) {
            const typed = source(query);
            const expected = rows.filter(({ row }) =>
              query.every((clause) => clause.some((each) => typeof row.content === 'string' && holds(each, row))),
            );
            const newest = [...expected].sort((a, b) => b.row.minute - a.row.minute || b.number - a.number);
            // Messages carry their own time here, so that a session decides nothing.
            const sessions = new Map([...positions.keys()].map((key) => [key, 0x3fffffff]));
            for (const restricted of [{}, { sessions }]) {
              if (!('sessions' in restricted) && query.flat().some(({ kind }) => kind === 'after')) continue;
              const found = await scan(search, typed, { limit, order: 'time', ...restricted });
              assert.equal(found.total, expected.length, typed);
              assert.deepEqual(
                places(found.hits),
                newest.slice(0, limit).map(({ place }) => place),
                typed,
              );
              const readable = rows.filter(({ row }) => typeof row.content === 'string').length;
              assert.equal(found.coverage.messages, readable);
              assert.equal(found.coverage.skippedCount, rows.length - readable);
              const best = await ranked(search, typed, { limit, ...restricted });
              const allowed = new Set(expected.map(({ place }) => place));
              for (const place of places(best.hits)) assert.ok(allowed.has(place), `${typed}: ${place}`);
              assert.equal(new Set(places(best.hits)).size, best.hits.length);
            }
          }
          await search.close();
        },
      ),
      { numRuns: RUNS },
    );
  }).timeout(120_000);
});
