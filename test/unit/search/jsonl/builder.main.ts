/** Brings the index of a folder up to date, in a process of its own. Arguments: the folder, the data folder. */
import { JsonlSearch } from '../../../../src/backend/search/jsonl/JsonlSearch';
import { SearchPool } from '../../../../src/backend/search/workers/SearchPool';
import { searchWorkerModule } from '../../../../src/backend/search/workers/workerModule';

const [folder = '', dataFolder = ''] = process.argv.slice(2);

async function run(): Promise<void> {
  const pool = new SearchPool({ module: searchWorkerModule(), log: () => undefined });
  const search = new JsonlSearch({
    location: { kind: 'jsonl', path: folder, role: 'live' },
    context: { now: Date.now, log: () => undefined, dataFolder },
    sqliteBinding: undefined,
    pool,
    search: { store: `jsonl:${folder}`, onIndexState: ({ state }) => process.stdout.write(`${state}\n`) },
  });
  await search.updateIndex();
  await search.close();
  await pool.close();
}

void run();
