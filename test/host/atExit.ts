const KEY = Symbol.for('agent-session-inspector.atExit');

/** What this process has to do at its end. One list for all bundles of tests in it, each of which has this module. */
function tasks(): (() => void)[] {
  const known: unknown = Reflect.get(process, KEY);
  if (Array.isArray(known)) return known;
  const list: (() => void)[] = [];
  Reflect.set(process, KEY, list);
  process.once('exit', () => {
    for (const task of list) task();
  });
  return list;
}

/** Runs a task, synchronously, when this process ends. */
export function atExit(task: () => void): void {
  tasks().push(task);
}
