/** The backend as a process of its own: a native crash or a long query never reaches the extension host. */
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { ServiceServer } from './server';

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
const server = new ServiceServer(connection);

function leave(): void {
  server.close().finally(() => process.exit(0));
}

// The host has gone, orderly or not: nobody is left to serve.
process.on('disconnect', leave);
// Without a close SQLite's files would stay behind in the stores.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, leave);
connection.listen();
