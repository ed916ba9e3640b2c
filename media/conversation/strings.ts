/** Every text that the page shows. */
import { plural as count, formatNumber } from '../../src/shared/format';

export const strings = {
  // Header
  messages: (n: number) => count(n, 'message', 'messages'),
  problems: (n: number) => count(n, 'problem', 'problems'),
  lastActivity: (time: string) => `last ${time}`,
  stateRunning: 'Running',
  stateStuck: 'Stuck',
  stateError: 'Error',
  stateIdle: 'Idle',
  revealInTree: 'Reveal in Sessions view',
  showDetails: 'Show details',
  hideDetails: 'Hide details',
  details: 'Details',
  key: 'Key',
  copyKey: 'Copy key',
  name: 'Name',
  store: 'Store',
  storeKinds: { jsonl: 'JSONL folder', sqlite: 'SQLite database' },
  file: 'File',
  openFile: 'Open file',
  created: 'Created',
  lastActivityLabel: 'Last activity',
  turnStarted: 'Turn started',
  messagesLabel: 'Messages',
  size: 'Size',
  origin: 'Origin',
  origins: {
    live: 'Live',
    migrated: 'Already imported into the database',
    importing: 'Being imported into the database',
  },
  problemsLabel: 'Problems',
  problemLine: (line: number) => `Line ${formatNumber(line)}`,
  problemRow: (row: number) => `Row ${formatNumber(row)}`,
  unknown: 'Unknown',
  severities: { error: 'Error', warning: 'Warning', info: 'Note' },

  // Messages
  list: 'Messages of the session',
  roles: { user: 'User', assistant: 'Assistant', tool: 'Tool', system: 'System' } as Readonly<Record<string, string>>,
  noRole: 'No role',
  statedTime: (time: string) => `${time}, as the agent wrote it`,
  rowLabel: (role: string, position: number, total: number | null, time: string) =>
    `${role} message ${formatNumber(position)}${total === null ? '' : ` of ${formatNumber(total)}`}${time ? `, ${time}` : ''}`,
  unreadableLabel: (place: string, position: number) => `Unreadable ${place}, position ${formatNumber(position)}`,
  empty: 'Empty message',
  messageActions: 'Message actions',
  copyMessage: 'Copy message',
  showRaw: 'Show raw',
  openMessage: 'Open whole message',
  showAll: (size: string) => `Show all ${size}`,
  renderFailed: 'This message could not be drawn.',
  loadFailed: (reason: string) => `These messages could not be read: ${reason}`,
  tryAgain: 'Try again',

  // Blocks
  thought: (words: number) => `Thought · ${count(words, 'word', 'words')}`,
  arguments: 'Arguments',
  result: 'Result',
  copyArguments: 'Copy arguments',
  copyResult: 'Copy result',
  copyCode: 'Copy code',
  copied: 'Copied',
  ok: 'OK',
  failed: 'Failed',
  noResult: 'No result',
  noResultHint: 'The store holds no result for this call',
  emptyResult: 'Empty result',
  noArguments: 'No arguments',
  resultWithoutCall: 'Result without a call',
  toolResult: 'Tool result',
  unnamedTool: 'Unnamed tool',
  receipt: (receipt: string) => `Receipt ${receipt}`,
  image: 'Image',
  showFullWidth: 'Show at full width',
  showSmall: 'Show smaller',
  imageLoading: (size: string) => `Image, ${size}`,
  imageUnreadable: 'Image data could not be shown',
  remoteImage: 'Remote image, not loaded',
  missingImage: (reason: string) => `Image missing: ${reason}`,
  open: (path: string) => `Open ${path}`,
  attachments: {
    document: 'Document',
    audio: 'Audio',
    video: 'Video',
    voice: 'Voice message',
    location: 'Location',
    photo: 'Photo',
    file: 'File',
  },
  unreadable: (place: string, size: string) => `Unreadable ${place} · ${size} · `,
  blockedLink: 'This kind of link is not opened',

  // Find
  find: {
    label: 'Find in the conversation',
    placeholder: 'Find',
    matchCase: 'Match case (Alt+C)',
    wholeWord: 'Match whole word (Alt+W)',
    regex: 'Use regular expression (Alt+R)',
    previous: 'Previous match (Shift+Enter)',
    next: 'Next match (Enter)',
    close: 'Close (Escape)',
    none: 'No results',
    searching: 'Searching',
    count: (current: number | null, all: number, complete: boolean) =>
      `${current === null ? '?' : formatNumber(current + 1)} of ${formatNumber(all)}${complete ? '' : '+'}`,
  },
  matchBeyond: 'The match is in the part that is not shown here.',

  // Rules
  gap: (duration: string) => `${duration} later`,
  readingEarlier: (percent: number | null) =>
    percent === null ? 'Reading earlier messages…' : `Reading earlier messages… ${percent} %`,
  newMessages: (n: number) => count(n, 'new message', 'new messages'),
  toEnd: 'Go to the end',

  // States
  noMessages: 'No messages in this session yet.',
  loading: (label: string) => `Loading ${label}`,
  actions: { retry: 'Try again', showLog: 'Show log', close: 'Close' },

  // Marks
  mark: (code: string, times: number) =>
    times > 1 ? `Hidden character ${code}, ${formatNumber(times)} times` : `Hidden character ${code}`,

  // Times
  units: { minute: 'min', hour: 'h', day: 'd', week: 'wk', month: 'mo', year: 'yr', second: 's', millisecond: 'ms' },
} as const;
