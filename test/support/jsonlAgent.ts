import * as path from 'node:path';
import { startChild } from '../host/children';
import { projectRoot } from './project';

export interface AgentOptions {
  /** Begins each message, before its number. */
  readonly name: string;
  /** Session files, by turns. */
  readonly files: readonly string[];
  /** Lines in all. */
  readonly count: number;
  /** Ends after this time, whatever has been written by then. */
  readonly milliseconds?: number;
  /** At most so many milliseconds between open and write. */
  readonly heldOpen?: number;
  /** At most so many milliseconds between two lines. */
  readonly pause?: number;
  /** Length of the text behind the number. */
  readonly filler?: number;
}

export interface AgentReport {
  readonly appended: number;
  /** The longest that opening and writing one line took. */
  readonly longestMilliseconds: number;
}

export interface RunningAgent<Report> {
  /** Resolves when the first line is written. */
  readonly begun: Promise<void>;
  readonly ended: Promise<Report>;
}

/** The bundle of a `*.main.ts` of the tests. */
export function mainBundle(...parts: string[]): string {
  return path.join(projectRoot, 'out', 'test', ...parts).replace(/\.ts$/, '.js');
}

/** Starts a process that writes as zeroclaw does. It ends with this one. */
export function startJsonlAgent(options: AgentOptions): RunningAgent<AgentReport> {
  return startAgent(mainBundle('support', 'jsonlAgent.main.ts'), options);
}

/** Starts a program that takes its options as JSON, writes a line when it has begun and its report at the end. */
export function startAgent<Report>(bundle: string, options: object): RunningAgent<Report> {
  const child = startChild(process.execPath, [bundle, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let begin = (): void => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  child.stdout?.on('data', (bytes: Buffer) => {
    output += bytes.toString();
    begin();
  });
  const ended = new Promise<Report>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      begin();
      const last = output.trim().split('\n').at(-1) ?? '';
      if (code === 0) resolve(JSON.parse(last) as Report);
      else reject(new Error(`the agent ended with code ${code}: ${output}`));
    });
  });
  return { begun, ended };
}

/** Numbers of an agent's messages in the bytes of a session, in order. */
export function numbersOf(bytes: Buffer | string, name: string): number[] {
  const found: number[] = [];
  for (const line of bytes.toString().split('\n')) {
    if (line === '') continue;
    const { content } = JSON.parse(line) as { content: string };
    const match = /^(\S+) (\d+) /.exec(content);
    if (match?.[1] === name) found.push(Number(match[2]));
  }
  return found;
}
