// What other models and older versions have left: tools in plain text, thinking in tags, summaries, recalled memory.
import { Chat } from '../chat.mjs';

/** A local model without native tools: calls and results are text. */
function promptTools(ago) {
  const end = ago({ days: 7, hours: 3 });
  const messages = new Chat('prompt-tools')
    .user('Which harbours have a table for October already?')
    .assistant(
      '<think>The tables are in data/. List the files and look for rows of October.</think>I check the files.\n\n<tool_call>\n{"name":"shell","arguments":{"command":"grep -lc \'^2026-10\' data/*.csv"}}\n</tool_call>',
    )
    .raw(
      'user',
      '[Tool results]\n<tool_result name="shell" status="ok">\ndata/buesum.csv\ndata/husum.csv\ndata/toenning.csv\n</tool_result>',
    )
    .assistant('Three of them: **Büsum**, **Husum** and **Tönning**.')
    .user('And which one is missing for November only?')
    .assistant(
      '<think>\nNeed two greps: those with October but without November.\nUse a loop over the three.\n</think>\n\n<tool_call>\n{"name":"shell","arguments":{"command":"for f in buesum husum toenning; do grep -q ^2026-11 data/$f.csv || echo $f; done"}}\n</tool_call>\n<tool_call>\n{"name":"file_read","arguments":{"path":"data/README.txt"}}\n</tool_call>',
    )
    .raw(
      'user',
      '[Tool results]\n<tool_result name="shell" status="ok">\ntoenning\n</tool_result>\n<tool_result name="file_read" status="error">\nNo such file: data/README.txt\n</tool_result>',
    )
    .assistant(
      'Only **Tönning** has no November yet. (I also looked for a README in `data/` that might say when it comes, but there is none.)',
    )
    .messages(end);
  return { file: 'mattermost_town-square_ravi.jsonl', messages, end };
}

/** A long conversation whose beginning was summarised to save space. */
function summary(ago) {
  const end = ago({ days: 12, hours: 2 });
  const messages = new Chat('summary', { prefixed: true })
    .raw(
      'assistant',
      '[CONTEXT SUMMARY — 46 earlier messages compressed]\nThe team plans the move of the gauge archive from CSV files to Parquet. Decided: one file a harbour and year; times in UTC; `height_cm` as integer; gaps as null. Open: who converts the years before 2015, and whether the public download stays CSV. Mira wants both formats for a year.',
    )
    .user(
      '[Memory context]\n- archive_format: Parquet, one file per harbour and year\n- public_download: undecided\n[/Memory context]\n\nDid we decide anything about the public download?',
    )
    .assistant(
      'Not yet. Mira asked for both formats for a year; nobody has objected. Two downloads cost about 1.2 GB more a month.',
    )
    .user('Then both, until next September. Please note it.')
    .assistant(
      '[Used tools: memory_store, calendar_add]\nNoted: **both formats until September 2027**. I put a reminder on 1 August 2027.',
    )
    .raw('assistant', '[Tool exchange: 6 tool call(s) — file_read, shell results collapsed]')
    .raw('user', '[context continues]')
    .assistant(
      'The first conversion is through: 2015 to 2025, 31 harbours, 341 files, 212 MB instead of 1.9 GB. Every value was compared with its source.',
    )
    .messages(end);
  return { file: 'slack_C0482KX_U77Q1.jsonl', messages, end };
}

/** A scheduled job: no person in it. */
function job(ago) {
  const end = ago({ hours: 6, minutes: 58 });
  const day = new Date(end).toISOString().slice(0, 10);
  return {
    key: 'rpc_morning-report',
    name: 'Morning report',
    agent: 'reporter',
    messages: new Chat('job')
      .user(
        `[CURRENT DATE & TIME: ${day} 05:00:00 UTC]\n\nWrite the morning report: gauges that are silent, warnings of the night, tables that end within two weeks.`,
      )
      .assistant(
        '## Morning report\n\n**Gauges:** all 19 report; the oldest value is 4 minutes old.\n\n**Warnings:** 14 sent, 14 delivered. Nobody answered.\n\n**Tables:** *Tönning* ends in 9 days. I have written to the harbour office twice; they answer on Mondays.',
      )
      .messages(end),
  };
}

/** A name as people paste them, and a message that is a whole log. */
function longName(ago) {
  const lines = Array.from({ length: 900 }, (_, index) => {
    const minute = String(index % 60).padStart(2, '0');
    const hour = String(Math.floor(index / 60)).padStart(2, '0');
    const level = index % 97 === 0 ? 'WARN ' : 'INFO ';
    const text =
      index % 97 === 0 ? 'gauge dagebuell-2: same value for 60 s' : `poll ok, 19 gauges, ${38 + ((index * 7) % 23)} ms`;
    return `${hour}:${minute}:00.${String((index * 37) % 1000).padStart(3, '0')} ${level}${text}`;
  });
  return {
    key: 'discord_harbour_883211_jonas',
    name: 'Why does the poller warn about gauge dagebuell-2 although the float was cleaned last week and the office says that it works (log of the whole day inside, please find the first warning and tell me whether it is the crab again)',
    channel: 'discord.harbour',
    room: '883211',
    sender: 'jonas',
    agent: 'harbour',
    messages: new Chat('log', { prefixed: true })
      .user(`Here is the log of yesterday, all of it:\n\n\`\`\`\n${lines.join('\n')}\n\`\`\``)
      .assistant(
        'Ten warnings, the first at **00:00**, then one every 97 minutes. A stuck float would not be that regular: 97 minutes is the cycle of the *self-test*, which holds the value for 70 seconds. No crab this time. I suggest to ignore equal values during a self-test (`status & 0x10`).',
      )
      .user('That makes sense. Do it.')
      .assistant('Done in `src/poller.js`, with a test that replays this log: no warnings are left.')
      .messages(ago({ hours: 20 })),
  };
}

export const oldForms = (ago) => [promptTools(ago), summary(ago), job(ago), longName(ago)];
