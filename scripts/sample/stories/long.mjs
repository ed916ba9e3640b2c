// A year of a duty desk: 5,000 messages. Built from templates, but no two weeks are alike.
import { Chat, randomNumbers } from '../chat.mjs';

const wanted = 5000;
const random = randomNumbers(20_260_901);
const pick = (list) => list[Math.floor(random() * list.length)];
const number = (from, to) => Math.floor(from + random() * (to - from + 1));
const metres = (from, to) => (from + random() * (to - from)).toFixed(2);

const harbours = [
  'Husum',
  'Büsum',
  'Dagebüll',
  'Tönning',
  'Amrum',
  'List',
  'Wyk',
  'Cuxhaven',
  'Emden',
  'Norddeich',
  'Hooksiel',
  'Pellworm',
];
const people = ['Ole', 'Mira', 'Jonas', 'Ines', 'Svenja', 'Tom', 'Ravi', 'Lena'];
const ships = ['Seeschwalbe', 'Krabbe 4', 'Anna Petersen', 'Hein Mück', 'Nordlicht', 'Wattläufer', 'Frieda', 'Polaris'];
const clock = () => `${String(number(0, 23)).padStart(2, '0')}:${String(number(0, 59)).padStart(2, '0')}`;

function lowWater(chat) {
  const harbour = pick(harbours);
  const height = metres(0.2, 0.9);
  chat.user(
    pick([
      `Low water ${harbour} today?`,
      `When is the next low water in ${harbour}`,
      `${pick(people)} asks for ${harbour}, low water, with height`,
    ]),
  );
  chat.round({
    calls: [
      [
        'tide_next',
        { harbour: harbour.toLowerCase(), kind: 'low' },
        `{"harbour":"${harbour}","time":"${clock()}","height":${height}}`,
      ],
    ],
  });
  chat.assistant(
    pick([
      `**${clock()}**, ${height} m above datum.`,
      `${harbour}: ${clock()} with ${height} m. ${Number(height) < 0.4 ? 'That is low, mind the sill.' : 'Nothing unusual.'}`,
    ]),
  );
}

function silentGauge(chat) {
  const harbour = pick(harbours);
  const minutes = number(12, 240);
  chat.user(`Gauge ${harbour.toLowerCase()}-${number(1, 3)} is silent since ${clock()}.`);
  chat.round({
    say: 'I look at its last values and its battery.',
    think: pick([
      'Battery first: most silences are power.',
      'Two gauges on the same mast? If both are silent it is the modem.',
      'Compare with the neighbour before calling anybody.',
    ]),
    calls: [
      [
        'shell',
        { command: `tail -n 3 /var/log/gauges/${harbour.toLowerCase()}.log` },
        `${clock()} level=${metres(0.3, 3.6)} battery=${metres(2.9, 3.7)}\n${clock()} level=${metres(0.3, 3.6)} battery=${metres(2.9, 3.7)}\n${clock()} timeout after 30 s`,
      ],
      [
        'ping',
        { host: `gauge-${number(1, 19)}.example.org` },
        pick(['4 packets, 0 % lost, 41 ms', '4 packets, 100 % lost', '4 packets, 25 % lost, 230 ms']),
      ],
    ],
  });
  chat.assistant(
    pick([
      `The modem does not answer; the battery was fine ${minutes} minutes ago. I set the gauge to *unreliable* and told ${pick(people)}.`,
      `It came back by itself: ${minutes} minutes are missing, I filled none of them in.`,
      `Both gauges on that mast are silent, so it is the mast's power. ${pick(people)} drives there.`,
    ]),
  );
  if (random() < 0.4) chat.user(pick(['ok', 'thanks', `${pick(people)} is on it`, 'again? third time this month']));
}

function passage(chat) {
  const ship = pick(ships);
  const draught = metres(0.8, 3.1);
  const first = number(1, 6);
  const harbour = pick(harbours);
  chat.user(
    `${ship}, draught ${draught} m, wants into ${harbour} ${pick(['tonight', 'tomorrow morning', 'at noon', 'with the next high water'])}. Window?`,
  );
  chat.assistant(
    `For ${draught} m and 0.3 m reserve:\n\n| From | To | Highest |\n|---|---|---|\n| ${first}:10 | ${first + 4}:40 | ${metres(3, 4.2)} m |\n| ${first + 12}:35 | ${first + 16}:55 | ${metres(3, 4.2)} m |\n\n${pick(['Wind from the west adds about 20 cm.', 'Wind from the east takes about 30 cm: keep to the middle of the window.', 'No correction for wind.'])}`,
  );
}

function report(chat) {
  chat.user(pick(['Short report of the week please', 'Weekly numbers?', 'What happened since Monday?']));
  chat.assistant(
    `**Week in numbers**\n\n- warnings: ${number(80, 210)}, of which ${number(0, 4)} late\n- gauges: ${number(16, 19)} of 19 without a gap\n- longest gap: ${pick(harbours)}, ${number(1, 9)} h ${number(0, 59)} min\n- most asked for: ${pick(harbours)}\n\n${pick(['A quiet week.', 'The spring tide on Thursday made most of it.', `${pick(people)} asked for the same as a table; it is in \`reports/\`.`])}`,
  );
}

function smallTalk(chat) {
  chat.user(
    pick([
      'moin',
      'anything new?',
      'coffee is out',
      'fog, cannot see the pier',
      'handing over to the night shift',
      `${pick(people)} here, taking over`,
    ]),
  );
  chat.assistant(
    pick([
      'Moin. All gauges report.',
      `Nothing since ${clock()}.`,
      'Noted. Two warnings are due in your shift.',
      'Fog until about ten, says the forecast. The gauges do not mind.',
      `Nothing is open but ${pick(harbours)}: gauge silent since ${clock()}.`,
    ]),
  );
}

function script(chat) {
  const harbour = pick(harbours).toLowerCase();
  chat.user(
    pick([
      `Script that finds gaps longer than ${number(5, 30)} minutes in ${harbour}?`,
      'How do I get the daily minimum out of the archive?',
    ]),
  );
  chat.assistant(
    `\`\`\`js\nimport { rows } from './archive.js';\n\nlet last;\nfor await (const { time, height } of rows('${harbour}')) {\n  if (last && time - last > ${number(5, 30)} * 60_000) console.log('gap', new Date(last), new Date(time));\n  if (height !== null) last = time;\n}\n\`\`\`\n\nIt reads the archive as a stream, so a whole year is fine.`,
  );
}

export function longChat(ago) {
  const chat = new Chat('long', { prefixed: true });
  const topics = [lowWater, lowWater, silentGauge, passage, passage, report, smallTalk, smallTalk, smallTalk, script];
  const longestTopic = 6;
  while (chat.size < wanted) {
    const rest = wanted - chat.size;
    if (rest === 1) chat.user('good night');
    else (rest < longestTopic ? smallTalk : pick(topics))(chat);
    chat.later({ minutes: number(8, 560) });
  }
  return {
    key: 'telegram_harbour_-100200300_desk',
    name: 'Duty desk',
    channel: 'telegram.harbour',
    room: '-100200300',
    sender: 'desk',
    agent: 'harbour',
    messages: chat.messages(ago({ minutes: 6 })),
  };
}
