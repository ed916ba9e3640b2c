// Web chats in the database: one that runs at this moment, one stuck, one failed, one that shows off Markdown.
import { Chat } from '../chat.mjs';

const gateway = { agent: 'harbour', channel: null };

function running(ago) {
  const chat = new Chat('running', { prefixed: true })
    .user(
      'We want to ship 0.5 before the autumn storms. Look at the open issues and propose what goes in and what waits.',
    )
    .assistant(`I went through the 23 open issues. My proposal:

### In 0.5

1. **#41 Gaps in tables** are treated as dangerous (reported by a user who ran aground)
2. **#38 Draught per ship**, merged this week
3. **#44 Quiet hours**

### Waits

| Issue | Why |
|---|---|
| #29 Wind corrections | needs a data source we may use |
| #33 Offline charts | two weeks at least |
| #45 Dark mode | nice, but nobody runs aground without it |

The first is small and matters most. Shall I draft the release notes?`)
    .user(
      'Yes, draft them. And check whether the gauge service has a maintenance calendar that we could read, so that gaps are known beforehand.',
    );
  const end = ago({ minutes: 1 });
  return {
    key: 'gw_5f0c9a1e-7d42-4c1b-9a55-2b8f6f3d9e10',
    name: 'Release 0.5: what goes in',
    messages: chat.messages(end),
    state: 'running',
    turnId: 'turn_01K8Z3V7Q9',
    turnStarted: end + 500,
    ...gateway,
  };
}

function stuck(ago) {
  const chat = new Chat('stuck', { prefixed: true })
    .user('Import the 2027 tables of all 31 harbours and tell me which ones changed their format.')
    .assistant(
      'I start with the ten that the office has published so far, and tell you about each format before I import it.',
    )
    .user('Good, go on with the rest as soon as they are there.');
  const end = ago({ hours: 5, minutes: 20 });
  return {
    key: 'gw_c1b7e2d4-1188-4f0e-8b3c-90aa4e7d5512',
    name: 'Import tables for 2027',
    messages: chat.messages(end),
    state: 'running',
    turnId: 'turn_01K8YHB2M4',
    turnStarted: end + 800,
    ...gateway,
  };
}

function failed(ago) {
  const chat = new Chat('failed', { prefixed: true })
    .user(
      'Which of our users have a draught above 2 m and a berth in Husum? I want to write to them before the spring tide.',
    )
    .assistant('[Task failed — not continuing this request]')
    .user('Try again please')
    .assistant(
      'The user database answers "connection refused" on port 5432. It may be down for the backup that runs at 02:00. I have not sent anything to anybody.',
    )
    .user('It should be up by now.')
    .assistant('[Task failed — not continuing this request]');
  return {
    key: 'gw_0be41f77-3c8a-47d9-a1f4-6e2d1c7b8a93',
    messages: chat.messages(ago({ hours: 9, minutes: 4 })),
    state: 'error',
    ...gateway,
  };
}

function markdown(ago) {
  const chat = new Chat('markdown', { prefixed: true })
    .user('Explain to a new colleague how the warning is computed. With the formula and an example in code.')
    .assistant(`# How a warning comes about

A ship may stay afloat while

> height of the tide + depth of the berth ≥ draught + reserve

We know the height from the table, *draught* and *berth* from the user's profile. The reserve is **0.3 m** unless the user says otherwise[^1].

## In code

\`\`\`js
export function lowWater(rows, draught, reserve = 0.3) {
  return rows.filter(({ height }) => height < draught + reserve);
}
\`\`\`

\`\`\`python
# The same in the notebook that the harbour office uses
low = table[table["height"] < draught + reserve]
print(low.head())
\`\`\`

## Example

| Time | Height | Needed | Warned |
|:---|---:|---:|:---:|
| 04:12 | 0.41 m | 1.65 m | yes |
| 10:31 | 3.52 m | 1.65 m | no |
| 16:40 | *missing* | 1.65 m | **yes** |

A missing height counts as dangerous. Steps of the job, each minute:

1. read the tables that changed,
2. for each ship:
   - take the next twelve hours,
   - drop events that were warned of already,
3. send what is left.

- [x] gaps count as dangerous
- [ ] wind correction

[^1]: In the profile, under *Safety*.

---

More in \`docs/warnings.md\`, or see <https://example.org/tides>.`)
    .user('Very good. One thing: what happens on the night the clocks change?')
    .assistant(
      'Nothing special: the tables carry the offset (`+02:00`, then `+01:00`), and we compare instants, not wall-clock times. The *text* of a warning shows local time, so that night may show `02:30` twice; since 0.4 the offset is printed on such nights.',
    );
  return {
    key: 'gw_9d3e5b60-aa17-4b07-bb1e-77c05d2f4e21',
    name: 'How a warning is computed',
    messages: chat.messages(ago({ days: 1, hours: 4 })),
    ...gateway,
  };
}

export const gatewayChats = (ago) => [running(ago), stuck(ago), failed(ago), markdown(ago)];
