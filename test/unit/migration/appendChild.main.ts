/** An agent that appends numbered lines to a JSONL file as zeroclaw does: the path is opened anew for each. Stops when told. */
import * as fs from 'node:fs';

const [file = ''] = process.argv.slice(2);
let number = 0;

const timer = setInterval(() => {
  for (let n = 0; n < 3; n++) {
    const fd = fs.openSync(file, 'a');
    fs.writeSync(fd, `${JSON.stringify({ role: 'user', content: `agent ${number++}` })}\n`);
    fs.closeSync(fd);
  }
}, 2);

process.once('message', () => {
  clearInterval(timer);
  process.send?.(number, () => process.exit());
});
process.send?.('ready');
