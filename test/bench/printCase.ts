/** Runs one of a program's cases by its name and prints its result as JSON; a failure goes to the error stream. */
export function printCase(cases: Readonly<Record<string, () => Promise<unknown>>>, name: string): void {
  const run = cases[name];
  if (!run) throw new Error(`no case ${name}`);
  // File watches alone do not keep a process alive.
  const alive = setInterval(() => undefined, 1000);
  run()
    .then(
      (result) => process.stdout.write(JSON.stringify(result)),
      (error: unknown) => {
        console.error(error);
        process.exitCode = 1;
      },
    )
    .finally(() => clearInterval(alive));
}
