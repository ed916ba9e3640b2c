// A support chat over Telegram: pictures, documents, voice, and a user who writes Russian.
import { Chat } from '../chat.mjs';
import { phoneScreen, tideChart, weekBars } from '../pictures.mjs';

export function supportChat(ago) {
  const chat = new Chat('support', { prefixed: true })
    .user('Здравствуйте! Приложение вчера не предупредило меня об отливе в Хузуме, яхта села на мель 😕')
    .assistant(
      'Здравствуйте, Алиса! Очень жаль. Давайте разберёмся:\n\n1. В какое время это было?\n2. Какая осадка указана у вас в настройках?\n3. Можете прислать снимок графика за тот день?',
    )
    .user('Около 16:40. Осадка 1,35 м.')
    .user(
      `[Image: IMG_2231.png attached, will be processed by vision model]\n[IMAGE:${tideChart()}]\nВот график. Посередине он почему-то плоский`,
    )
    .round({
      think:
        'The picture shows a flat stretch around the middle: rows are missing in the table and the chart draws a straight line. Look at the table of that day.',
      calls: [
        [
          'shell',
          { command: "grep '2026-09-01' data/husum.csv" },
          '2026-09-01T04:12+02:00;0.41\n2026-09-01T10:31+02:00;3.52\n2026-09-01T16:40+02:00;\n2026-09-01T22:58+02:00;3.61',
        ],
        [
          'memory_recall',
          { query: 'husum empty height', limit: 3 },
          '[1] 2026-08-19: harbour office sends tables with gaps when the gauge is serviced (score 0.81)',
        ],
      ],
    })
    .assistant(
      'Спасибо, снимок помог. В таблице порта на **16:40** нет высоты: датчик в тот день обслуживали. Программа приняла пустое поле за `0`, а потом отбросила строку, и предупреждение не отправилось.\n\nЭто наша ошибка. Что мы делаем:\n\n- сегодня: пустая высота считается **опасной**, предупреждение отправляется;\n- на этой неделе: график покажет пропуск штриховкой, а не прямой линией.',
    )
    .user(
      '[Audio transcription: Хорошо, спасибо. А можно, чтобы предупреждение приходило за два часа, а не за час? У меня старый мотор, я выхожу медленно.]',
    )
    .round({
      calls: [
        [
          'settings_update',
          { user: '123456789', key: 'warn_before_minutes', value: 120 },
          '{"ok":true,"previous":60,"value":120}',
        ],
      ],
      receipt: true,
    })
    .assistant(
      'Готово: предупреждения теперь приходят за **120 минут**. Проверка: ближайший отлив завтра в 05:02, сообщение придёт в 03:02. Не слишком рано? Можно включить тихие часы с 23:00 до 05:00, тогда ночные придут в 05:00.',
    )
    .user('Ночью тоже присылайте, я на якоре сплю вполглаза 🙂')
    .assistant('Понял, без тихих часов. Спокойной воды, Алиса! ⚓')
    .later({ days: 1, hours: 3 })
    .user(
      `[Image: Screenshot_0902.png attached, will be processed by vision model]\n[IMAGE:${phoneScreen()}]\nПришло вовремя! Но текст на немецком, у меня стоит русский`,
    )
    .round({
      think:
        'Push texts go by the phone language header, which Telegram does not send. The profile language should win.',
      calls: [
        [
          'grep',
          { pattern: 'accept-language', path: 'src' },
          "src/notify.js:31:  const language = request.headers['accept-language'] ?? 'de';",
        ],
        [
          'file_edit',
          {
            path: 'src/notify.js',
            old_string: "request.headers['accept-language'] ?? 'de'",
            new_string: "user.language ?? request.headers['accept-language'] ?? 'de'",
          },
          'Edited src/notify.js: replaced 1 occurrence (1 line)',
        ],
        [
          'shell',
          { command: 'npm test -- --test-name-pattern=language' },
          '✔ language: profile first, then header, then German (0.61ms)\nℹ tests 1\nℹ pass 1\nℹ fail 0\n\n[exit code: 0]',
        ],
      ],
    })
    .assistant('Исправил: язык профиля теперь важнее языка телефона. Следующее предупреждение будет на русском.')
    .user(
      '[Document: гавань_план.pdf] /home/zeroclaw/data/telegram/123456789/гавань_план.pdf\nИ вот план гавани, если нужен. Мостки 4 и 5 сухие при 0,3 м',
    )
    .assistant(
      'Спасибо, план пригодится: добавил высоты мостков 4 и 5 (0,3 м) к вашему профилю. Предупреждения теперь учитывают место стоянки.',
    )
    .user('[Voice] [Audio: transcription failed]')
    .assistant(
      'Голосовое сообщение не удалось распознать. Напишите, пожалуйста, текстом или попробуйте записать ещё раз.',
    )
    .user('Просто хотела сказать спасибо!')
    .assistant('Всегда рады! 🌊')
    .later({ hours: 20 })
    .user(
      `[Image: week.png attached, will be processed by vision model]\n[IMAGE:${weekBars()}]\nПочему в воскресенье столько сообщений?`,
    )
    .assistant(
      'В воскресенье была сизигия: вода уходила ниже вашего порога четыре раза вместо двух, и каждое событие дало предупреждение и напоминание. Показать напоминания одним сообщением?',
    )
    .user('[IMAGE:/home/zeroclaw/data/telegram/123456789/berth.jpg]\nДа, объедините. И вот как теперь стоит яхта 😄')
    .assistant(
      'Объединил: одно сообщение на событие. Красиво стоит! Судя по фото, до дна ещё сантиметров сорок. Ваш запас 0,3 м подобран верно.',
    );
  const end = ago({ hours: 2, minutes: 12 });
  return [{ file: 'telegram_123456789_Алиса.jsonl', messages: chat.messages(end), end }];
}
