/** The backend as a process of its own: a native crash or a long query never reaches the extension host. */
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { ServiceServer } from './server';

const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
const server = new ServiceServer(connection);

// The host has gone, orderly or not: nobody is left to serve.
process.on('disconnect', () => {
  server.close().finally(() => process.exit(0));
});
connection.listen();
