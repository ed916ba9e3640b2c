// `npm run sample [-- --out DIR]`: writes a workspace to try the extension on, with about thirty sessions of many kinds.
// The same on every run, apart from its times: they are relative to now.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './lib.mjs';
import { writeDatabase, writeJsonl } from './sample/stores.mjs';
import { codingAgent } from './sample/stories/codingAgent.mjs';
import { gatewayChats } from './sample/stories/gateway.mjs';
import { languages } from './sample/stories/languages.mjs';
import { longChat } from './sample/stories/long.mjs';
import { oldForms } from './sample/stories/oldForms.mjs';
import { shortChats } from './sample/stories/short.mjs';
import { supportChat } from './sample/stories/supportChat.mjs';
import { trouble } from './sample/stories/trouble.mjs';
import { writeProject } from './sample/workspace.mjs';

const { values } = parseArgs({ options: { out: { type: 'string' } } });
const target = values.out ? path.resolve(process.env.INIT_CWD ?? '.', values.out) : path.join(root, 'sample');
const sessions = path.join(target, 'sessions');

// Only what an earlier run has written is replaced: never a folder that holds something else.
const mark = path.join(target, '.agent-session-sample');
if (fs.existsSync(target) && fs.readdirSync(target).length > 0 && !fs.existsSync(mark)) {
  console.error(`${target} is not empty and is not a sample workspace. Give another folder with --out.`);
  process.exit(1);
}

const now = Date.now();
const ago = ({ days = 0, hours = 0, minutes = 0 }) => now - ((days * 24 + hours) * 60 + minutes) * 60_000;

fs.rmSync(target, { recursive: true, force: true });
fs.mkdirSync(sessions, { recursive: true });
fs.writeFileSync(mark, '');
writeProject(target);

const stories = [
  ...codingAgent(ago),
  ...supportChat(ago),
  ...gatewayChats(ago),
  ...trouble(ago),
  ...languages(ago),
  ...oldForms(ago),
  ...shortChats(ago),
  longChat(ago),
];
const inFiles = stories.filter(({ file }) => file);
const inDatabase = stories.filter(({ key }) => key);
for (const { file, messages, bytes, end } of inFiles) {
  writeJsonl(path.join(sessions, path.dirname(file)), path.basename(file), bytes ?? messages, end);
}
writeDatabase(path.join(sessions, 'sessions.db'), inDatabase);

const messages = stories.reduce((sum, story) => sum + (story.messages?.length ?? 0), 0);
console.log(
  `Sample workspace: ${target}\n${inFiles.length} sessions in files, ${inDatabase.length} in sessions.db, ${messages} messages.`,
);
