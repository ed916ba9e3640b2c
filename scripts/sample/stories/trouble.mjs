// Stores as they really look after years: damaged lines, lost metadata, wrong counters, empty sessions.
import { Chat } from '../chat.mjs';
import { jsonLine } from '../stores.mjs';

/** Torn last line, garbage in the middle, a duplicate key, invalid UTF-8, a line break from a bad edit. */
function damagedFile(ago) {
  const end = ago({ days: 4, hours: 7 });
  const lines = new Chat('damaged', { prefixed: true })
    .user('Night shift: gauge 7 in Dagebüll sends the same value since 01:10. Known?')
    .assistant(
      'Not known. The last change was 1.84 m at 01:09:30; since then 212 identical readings. The battery shows 3.1 V, so I suspect the float hangs.',
    )
    .user('Restart it?')
    .assistant(
      'A restart does not free a float. I have set gauge 7 to *unreliable*, so that warnings for Dagebüll use the model instead. Somebody should look at it at low tide, 05:48.',
    )
    .user('Will do, Ole is on call.')
    .assistant('Noted. I remind Ole at 05:15.')
    .user('Ole: it was a crab 🦀 in the pipe. Running again.')
    .assistant('Values move again: 0.62, 0.60, 0.59. Gauge 7 is back to *reliable*.')
    .messages(end)
    .map((message) => Buffer.from(jsonLine(message)));
  const bytes = Buffer.concat([
    ...lines.slice(0, 3),
    Buffer.from('{"role":"assistant","content":"A restart does not fr\u0000\u0000\u0000\u0000\u0000\u0000\n'),
    lines[3],
    Buffer.from('{"role":"user","content":"Will do","content":"Will do, Ole is on call."}\n'),
    lines[4],
    Buffer.concat([
      Buffer.from('{"role":"tool","content":"gauge 7: '),
      Buffer.from([0xff, 0xfe, 0xb0, 0xc3]),
      Buffer.from(' V"}\n'),
    ]),
    lines[5],
    Buffer.from('<<<<<<< HEAD\n'),
    lines[6],
    lines[7],
    Buffer.from('{"role":"user","content":"[2026-01-01 06:02:11 UTC] Thanks, going to bed. Can you keep an eye o'),
  ]);
  return { file: 'discord_ops_5527_night-shift.jsonl', bytes, end };
}

function interrupted(ago) {
  const end = ago({ days: 2, hours: 1 });
  const messages = new Chat('interrupted', { prefixed: true })
    .user('Compare our low waters of August with what the gauges measured, per harbour.')
    .round({
      say: 'I load both and compare them hour by hour.',
      calls: [
        [
          'shell',
          { command: 'node scripts/compare.js --month 2026-08 --all' },
          'husum      n=62  mean=+0.04 m  max=+0.19 m\nbuesum     n=62  mean=+0.02 m  max=+0.11 m\ndagebuell  n=58  mean=-0.07 m  max=-0.31 m\n[command timed out after 120 s]',
        ],
      ],
    })
    .assistant(
      'Three harbours are done; **Dagebüll** stands out with up to 31 cm below the table. I go on with the others in smaller steps.',
    )
    .user('Skip the islands for now')
    .raw('assistant', '[Session interrupted — not continuing this request]')
    .messages(end);
  return { file: 'signal__4917612345678__4917612345678.jsonl', messages, end };
}

export function trouble(ago) {
  const chat = (seed) => new Chat(seed, { prefixed: true });
  const end = ago({ days: 11 });
  return [
    damagedFile(ago),
    interrupted(ago),
    { file: 'email_anna_example_org.jsonl', messages: [], end: ago({ days: 3, hours: 2 }) },
    {
      // zeroclaw would have turned the dots into underscores: it lists this file and then loads nothing.
      file: 'notes.from.laptop.jsonl',
      messages: chat('laptop').user('Copied over from my old laptop, please keep').assistant('Kept.').messages(end),
      end,
    },
    { key: 'gw_44d0c7aa-e0b1-4f55-93cc-1f6a2e9b7d08', messages: [], end: ago({ hours: 3 }), agent: 'harbour' },
    { key: 'gw_team_alpha', name: 'Team Alpha: first look', messages: [], end: ago({ days: 6 }), agent: 'harbour' },
    {
      key: 'gw_7a1f90c3-2b6d-4d8e-8f11-c5e3b0a97d64',
      orphan: true,
      messages: chat('orphan')
        .user('Is the berth table of Amrum current?')
        .assistant('It is from 2024. The harbour office has a newer one of March 2026; I can fetch it.')
        .user('Yes please')
        .assistant('Fetched: 42 berths, 3 of them new, 1 dredged by 20 cm. I replaced the table.')
        .messages(ago({ days: 9, hours: 5 })),
    },
    {
      key: 'rpc_b7720f4d',
      name: 'Rename gauges',
      count: 3,
      messages: new Chat('count')
        .user('Rename gauge ids from numbers to harbour-number, e.g. 7 -> dagebuell-2. Only in the configuration.')
        .assistant(
          'There are 19 gauges. Mapping written to `config/gauges.json`; the old numbers stay as `legacyId`, since the archive uses them.',
        )
        .user('And the dashboards?')
        .assistant(
          'Two panels refer to gauge 7 and gauge 12 by number. They read `legacyId` now and show the new names.',
        )
        .user('Perfect')
        .messages(ago({ days: 5, hours: 8 })),
      agent: 'harbour',
    },
  ];
}
