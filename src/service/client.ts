import { type ChildProcess, fork } from 'node:child_process';
import {
  type CancellationToken,
  createMessageConnection,
  type MessageConnection,
  type NotificationType,
  type RequestType,
  ResponseError,
} from 'vscode-jsonrpc';
import { IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import type { Span } from '../shared/search/query';
import * as protocol from './protocol';

/** A failed call, with words for the user. `code` is the backend's, or `service-stopped`. */
export class ServiceError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** Where in a query the fault is. */
    readonly span?: Span,
  ) {
    super(message);
    this.name = 'ServiceError';
  }
}

export interface ClientOptions {
  /** Path of the bundled service. */
  readonly module: string;
  readonly settings: () => protocol.Settings;
  readonly log: (level: 'info' | 'warning' | 'error', message: string) => void;
}

interface Running {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
  readonly configured: Promise<void>;
}

/**
 * Variables that would make the child boot as a second extension host, or debug on its parent's port.
 * The rest of the environment stays: the well-known homes are found through it.
 */
function childEnvironment(): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (name.startsWith('VSCODE_') || name.startsWith('ELECTRON_') || name === 'NODE_OPTIONS') continue;
    environment[name] = value;
  }
  environment.ELECTRON_RUN_AS_NODE = '1';
  return environment;
}

function spanOf(data: unknown): Span | undefined {
  const span: unknown = typeof data === 'object' && data !== null && 'span' in data ? data.span : undefined;
  if (typeof span !== 'object' || span === null || !('at' in span) || !('length' in span)) return undefined;
  const { at, length } = span;
  return typeof at === 'number' && typeof length === 'number' ? { at, length } : undefined;
}

type Listener<P> = (params: P) => void;

/**
 * The extension host's side of the backend's process. Started at the first call; when it dies the calls in flight fail
 * with a `ServiceError`, `onDidStop` tells, and the next call starts a new one.
 */
export class ServiceClient {
  private running: Running | undefined;
  private disposed = false;
  private readonly listeners: ((connection: MessageConnection) => void)[] = [];
  private readonly stopListeners = new Set<() => void>();

  constructor(private readonly options: ClientOptions) {
    this.on(protocol.Log, ({ level, message }) => this.options.log(level, message));
  }

  /** Process id of the running service. */
  get pid(): number | undefined {
    return this.running?.child.pid;
  }

  /** Sends a request, starting the service when there is none. */
  async request<P, R>(type: RequestType<P, R, protocol.ErrorData>, params: P, token?: CancellationToken): Promise<R> {
    const running = this.start();
    try {
      await running.configured;
      // By method name: the typed overloads do not follow a generic P, and this signature already ties P to R.
      const sent = token
        ? running.connection.sendRequest<R>(type.method, params, token)
        : running.connection.sendRequest<R>(type.method, params);
      return await sent;
    } catch (error) {
      // A connection that was closed under the call rejects it too, with an error of its own making.
      if (error instanceof ResponseError && this.running === running) {
        const data: unknown = error.data;
        const code = typeof data === 'object' && data !== null && 'code' in data ? String(data.code) : 'internal';
        throw new ServiceError(code, error.message, spanOf(error.data));
      }
      throw new ServiceError('service-stopped', 'The session service stopped while it was reading. Try again.');
    }
  }

  /** Sends a notification to a running service; without one there is nobody to tell. */
  notify<P>(type: NotificationType<P>, params: P): void {
    this.running?.connection.sendNotification(type.method, params).catch((error: unknown) => {
      this.options.log('warning', `A notice to the session service was lost: ${String(error)}`);
    });
  }

  /** Listens to a notification of this and every later process. One listener for each type. */
  on<P>(type: NotificationType<P>, listener: Listener<P>): void {
    const attach = (connection: MessageConnection) => void connection.onNotification(type.method, listener);
    this.listeners.push(attach);
    if (this.running) attach(this.running.connection);
  }

  /** Called after the process ended by itself, once all its calls have failed. */
  onDidStop(listener: () => void): { dispose(): void } {
    this.stopListeners.add(listener);
    return { dispose: () => this.stopListeners.delete(listener) };
  }

  /** Sends changed settings to a running service. */
  async configure(): Promise<void> {
    if (this.running) await this.request(protocol.Configure, this.options.settings());
  }

  private start(): Running {
    if (this.disposed) throw new ServiceError('service-stopped', 'The extension is shutting down.');
    if (this.running) return this.running;
    const child = fork(this.options.module, [], {
      env: childEnvironment(),
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child.stdout?.on('data', (data: Buffer) => this.options.log('info', data.toString().trimEnd()));
    child.stderr?.on('data', (data: Buffer) => this.options.log('warning', data.toString().trimEnd()));
    const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    for (const attach of this.listeners) attach(connection);
    connection.listen();
    const configured = connection.sendRequest(protocol.Configure, this.options.settings());
    // Every request awaits it and reports its failure.
    configured.catch(() => undefined);
    const running: Running = { child, connection, configured };
    this.running = running;
    child.on('error', (error) => this.stopped(running, error.message));
    child.on('exit', (code, signal) => this.stopped(running, signal ? `signal ${signal}` : `exit code ${code}`));
    return running;
  }

  private stopped(running: Running, reason: string): void {
    if (this.running !== running) return;
    this.running = undefined;
    // Disposing rejects what is still pending.
    running.connection.dispose();
    if (this.disposed) return;
    this.options.log('error', `The session service ended (${reason}). The next use starts it again.`);
    for (const listener of this.stopListeners) listener();
  }

  dispose(): void {
    this.disposed = true;
    const running = this.running;
    this.running = undefined;
    running?.connection.dispose();
    // It closes its stores and leaves when the channel goes.
    if (running?.child.connected) running.child.disconnect();
    this.stopListeners.clear();
  }
}
