import * as vscode from 'vscode';

export interface ProgressOptions {
  readonly title: string;
  /** Milliseconds after which it is shown; what is done sooner shows nothing. */
  readonly delay: number;
}

/** `fraction`: of the whole, from 0 to 1. */
export type Report = (words: string, fraction: number) => void;

/** Runs a task that can be cancelled; its progress is shown if it takes its time. */
export async function withDelayedProgress<T>(
  { title, delay }: ProgressOptions,
  task: (report: Report, token: vscode.CancellationToken) => Promise<T>,
): Promise<T> {
  const cancellation = new vscode.CancellationTokenSource();
  let progress: vscode.Progress<{ message?: string; increment?: number }> | undefined;
  let latest: { words: string; fraction: number } | undefined;
  let shown = 0;
  const show = (): void => {
    if (!progress || !latest) return;
    const percent = latest.fraction * 100;
    progress.report({ message: latest.words, increment: Math.max(0, percent - shown) });
    shown = Math.max(shown, percent);
  };
  const running = task((words, fraction) => {
    latest = { words, fraction };
    show();
  }, cancellation.token);
  const settled = running.then(
    () => true,
    () => true,
  );
  let timer: NodeJS.Timeout | undefined;
  const waited = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), delay);
  });
  try {
    if (!(await Promise.race([settled, waited]))) {
      const location = vscode.ProgressLocation.Notification;
      await vscode.window.withProgress({ location, title, cancellable: true }, async (shownProgress, token) => {
        token.onCancellationRequested(() => cancellation.cancel());
        progress = shownProgress;
        show();
        await settled;
      });
    }
    return await running;
  } finally {
    clearTimeout(timer);
    cancellation.dispose();
  }
}
