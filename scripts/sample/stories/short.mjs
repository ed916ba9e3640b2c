// Short everyday conversations over several channels, with names and without, and the archive of old ones.
import { Chat } from '../chat.mjs';

const chat = (seed) => new Chat(seed, { prefixed: true });

function live(ago) {
  const matrixEnd = ago({ minutes: 17 });
  const discordEnd = ago({ days: 5, hours: 1 });
  return [
    {
      file: 'matrix__room_tidewatch_org__mira_tidewatch_org.jsonl',
      messages: chat('matrix')
        .user('What is the next low water in Husum?')
        .round({
          calls: [
            [
              'http_get',
              { url: 'http://localhost:4280/harbours/husum/next?draught=1.35' },
              '{"time":"2026-09-02T02:58:00.000Z","height":0.38}',
            ],
          ],
        })
        .assistant('**04:58** local time, 0.38 m. With 1.35 m draught you sit on the mud from about 03:20 to 06:40.')
        .user('ok, I stay in bed then')
        .messages(matrixEnd),
      end: matrixEnd,
    },
    {
      file: 'discord_general_9921_jonas.jsonl',
      messages: chat('discord')
        .user('bot are you alive')
        .assistant('Yes. Up for 12 days, 4 hours.')
        .user('what model are you')
        .assistant('I am the harbour agent of this server. Which model answers is set by the admins; ask Mira.')
        .messages(discordEnd),
      end: discordEnd,
    },
    {
      key: 'slack_harbour_C0482KX_U91B2',
      name: 'Invoice for the September buoys',
      channel: 'slack.harbour',
      room: 'C0482KX',
      sender: 'U91B2',
      agent: 'office',
      messages: chat('slack')
        .user('Who has to sign the invoice for the buoys, 1,840 €?')
        .assistant("Above 1,500 € two signatures: yours and the treasurer's. I have put it into her folder.")
        .user('thx')
        .messages(ago({ days: 8, hours: 3 })),
    },
    {
      key: 'rpc_2f6e90ab',
      agent: 'harbour',
      messages: new Chat('rpc')
        .user('one line of shell: newest file in data/ by modification time')
        .assistant('```sh\nls -t data | head -n 1\n```')
        .user('with full path')
        .assistant("```sh\nfind data -type f -printf '%T@ %p\\n' | sort -n | tail -1 | cut -d' ' -f2-\n```")
        .messages(ago({ hours: 1, minutes: 5 })),
    },
    {
      key: 'telegram_harbour_551903_tom',
      channel: 'telegram.harbour',
      room: '551903',
      sender: '551903',
      agent: 'harbour',
      messages: chat('tom')
        .user('/start')
        .assistant('Moin Tom! Tell me your harbour and your draught, and I warn you before the water gets too low.')
        .messages(ago({ days: 19 })),
    },
    {
      key: 'matrix_harbour__dock_tidewatch_org__ines_tidewatch_org',
      name: 'Dock keys',
      channel: 'matrix.harbour',
      room: '!dock:tidewatch.org',
      sender: '@ines:tidewatch.org',
      agent: 'office',
      messages: chat('keys')
        .user('Who has the key to the crane?')
        .assistant('By the list of 3 September: Ole. He is in until 15:00.')
        .user('He says Jonas has it')
        .assistant('Then the list is wrong. I changed it: the crane key is with **Jonas**.')
        .messages(ago({ days: 23, hours: 5 })),
    },
  ];
}

/** What the agent's own clean-up has moved away, and what its import has left behind. */
function archived(ago) {
  const spring = ago({ days: 26 });
  const older = ago({ days: 33 });
  const migrated = ago({ days: 29 });
  return [
    {
      file: 'archive/discord_general_4410_svenja.jsonl',
      messages: chat('svenja')
        .user('Can I have the spring tides of this year as a calendar file?')
        .assistant('Here you are: 25 events, `spring-tides.ics`. Times are local.')
        .user('works in my phone, great')
        .messages(spring),
      end: spring,
    },
    {
      file: 'archive/signal__491701111111__491701111111.jsonl',
      messages: chat('old-signal')
        .user('Is the harbour frozen?')
        .assistant('The water has 11 °C. So no.')
        .user('😂 just checking whether you pay attention')
        .messages(older),
      end: older,
    },
    {
      file: 'archive/telegram_551903_tom.jsonl.migrated',
      messages: chat('migrated')
        .user('Moin, do you know Büsum too?')
        .assistant('Yes: 31 harbours between Emden and List. Büsum has low water today at 15:02, 0.52 m.')
        .messages(migrated),
      end: migrated,
    },
  ];
}

export const shortChats = (ago) => [...live(ago), ...archived(ago)];
