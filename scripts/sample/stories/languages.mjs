// Conversations in scripts that are drawn from right to left, or without spaces between words.
import { Chat } from '../chat.mjs';

function arabic(ago) {
  const end = ago({ days: 1, hours: 9 });
  const messages = new Chat('arabic', { prefixed: true })
    .user('مرحباً، هل يمكنني دخول ميناء هوسوم غداً بعد الظهر؟ غاطس القارب 1.8 متر')
    .assistant(
      'أهلاً ليلى! غداً يكون الماء كافياً بين **13:05** و**18:20**:\n\n| الوقت | الارتفاع | مناسب؟ |\n|---|---|---|\n| 12:00 | 1.6 م | لا |\n| 15:40 | 3.5 م | نعم |\n| 19:00 | 1.9 م | بحذر |\n\nأنصح بالدخول قرابة 14:30.',
    )
    .user('ممتاز. وماذا يعني الرمز HW في الجدول؟')
    .assistant(
      'الرمز `HW` اختصار *High Water*، أي أعلى المد. و`LW` أدنى الجزر. في ملفاتنا يظهران هكذا: `2026-09-01T10:31+02:00;3.52;HW`.',
    )
    .user('شكراً جزيلاً 🌷')
    .messages(end);
  return { file: 'whatsapp_966500000000_ليلى.jsonl', messages, end };
}

function hebrew(ago) {
  return {
    key: 'telegram_harbour_774120_דנה',
    name: 'דנה: הפלגה לאמרום',
    channel: 'telegram.harbour',
    room: '774120',
    sender: '774120',
    agent: 'harbour',
    messages: new Chat('hebrew', { prefixed: true })
      .user('היי, מתי כדאי לצאת לאמרום ביום שישי? שוקע 1.1 מטר')
      .assistant(
        'שלום דנה! ביום שישי הגאות בשעה **11:18**. כדאי לצאת בין 09:45 ל־12:30, ואז יש לפחות 2.4 מ׳ מעל הסף.\n\n1. יציאה: 10:00\n2. הגעה משוערת: 12:10\n3. שפל: 17:36',
      )
      .user('ואם אצא ב־13:00?')
      .assistant('אפשרי, אבל ההגעה תהיה מול זרם היורד (`2.1 kn`), כ־50 דקות יותר.')
      .user('אצא ב־10 אז, תודה!')
      .messages(ago({ days: 3, hours: 6 })),
  };
}

function chinese(ago) {
  return {
    key: 'lark_harbour_oc_a8f0_ou_chen',
    name: '潮汐数据导入',
    channel: 'lark.harbour',
    room: 'oc_a8f0',
    sender: 'ou_chen',
    agent: 'harbour',
    messages: new Chat('chinese', { prefixed: true })
      .user('请帮我把青岛港的潮汐表导入系统，文件是 GB18030 编码，时间是北京时间。')
      .round({
        think: '先确认编码，再转换成 UTF-8；时间要加上 +08:00。',
        calls: [
          [
            'shell',
            { command: 'iconv -f GB18030 -t UTF-8 data/in/qingdao.csv | head -3' },
            '# 青岛港，高度单位：米\n2026-09-01 05:12;0.88\n2026-09-01 11:26;4.07',
          ],
          [
            'file_write',
            {
              path: 'data/qingdao.csv',
              content: '# 青岛港，高度单位：米\n2026-09-01T05:12+08:00;0.88\n2026-09-01T11:26+08:00;4.07\n…',
            },
            'Wrote data/qingdao.csv (1462 lines, 45 kB)',
          ],
        ],
      })
      .assistant(
        '导入完成。共 **1,461** 条记录，时间已加上 `+08:00`，编码已转为 UTF-8。\n\n- 最高潮：9 月 29 日 11:02，**4.71 米**\n- 最低潮：9 月 30 日 17:48，**0.12 米**\n- 缺失：无',
      )
      .user('很好！低潮预警的提前时间能改成三小时吗？')
      .assistant('可以，已改为提前 **180 分钟**。下一次预警：明天 02:20（低潮 05:20，0.91 米）。')
      .user('谢谢 👍')
      .messages(ago({ days: 2, hours: 14 })),
  };
}

export const languages = (ago) => [arabic(ago), hebrew(ago), chinese(ago)];
