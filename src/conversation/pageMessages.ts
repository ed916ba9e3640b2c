import type { FromPage, Place, SavedPage } from '../shared/conversationProtocol';
import type { FindPattern } from '../shared/search/answer';

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isCount = (value: unknown): value is number => isNumber(value) && Number.isInteger(value) && value >= 0;
const isText = (value: unknown): value is string => typeof value === 'string';

function isPlace(value: unknown): value is Place {
  if (!isFields(value)) return false;
  return value.at === 'end' || (value.at === 'row' && isCount(value.row) && isNumber(value.offset));
}

/** What a page saved, or `null` when it is of another version or none. */
export function savedPage(value: unknown): SavedPage | null {
  if (!isFields(value) || value.version !== 1) return null;
  const { storeId, key, label, place } = value;
  if (!isText(storeId) || !isText(key) || !isText(label) || !isPlace(place)) return null;
  return { version: 1, storeId, key, label, place };
}

function isPattern(value: unknown): value is FindPattern {
  if (!isFields(value)) return false;
  const { text, matchCase, wholeWord, regex, flags } = value;
  return (
    isText(text) &&
    (flags === undefined || isText(flags)) &&
    [matchCase, wholeWord, regex].every((flag) => typeof flag === 'boolean')
  );
}

/** Fields that each message must have. The compiler holds this table complete. */
const SHAPES: { readonly [T in FromPage['type']]: (message: Fields) => boolean } = {
  ready: (message) => message.saved === null || savedPage(message.saved) !== null,
  requestRows: (message) => isCount(message.request) && isCount(message.first) && isCount(message.count),
  requestImage: (message) => isCount(message.request) && isCount(message.row) && isCount(message.index),
  find: (message) => isCount(message.request) && isPattern(message.pattern),
  copy: (message) => isCount(message.request) && isText(message.text),
  copyMessage: (message) => isCount(message.request) && isCount(message.row),
  openLink: (message) => isText(message.url),
  openMessage: (message) => isCount(message.row),
  openRaw: (message) => isCount(message.row),
  openFile: (message) => isText(message.path),
  revealInTree: () => true,
  action: (message) => isText(message.action) && ['retry', 'showLog', 'close'].includes(message.action),
  drawn: (message) => isNumber(message.milliseconds) && isCount(message.total) && isText(message.what),
};

/** The message, if it is one that the page may send; what a page shows is untrusted, so its words are checked. */
export function pageMessage(value: unknown): FromPage | null {
  if (!isFields(value) || !isText(value.type) || !Object.hasOwn(SHAPES, value.type)) return null;
  if (value.type !== 'ready' && !isCount(value.show)) return null;
  const shape = SHAPES[value.type as FromPage['type']];
  return shape(value) ? (value as unknown as FromPage) : null;
}
