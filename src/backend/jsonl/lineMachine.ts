import { BracketStack } from './bracketStack';
import { type Bytes, skipPlain } from './bytes';
import { byteName, codePointName, hexDigit, isDigit, simpleEscape, valueName } from './jsonBytes';
import { isWhiteSpace } from './whiteSpace';

/**
 * What stands in one line. Spans are offsets from the line's first byte, between the quotes; they mean something only
 * for a message. One object is used for many lines.
 */
export class ParsedLine {
  kind: 'message' | 'blank' | 'unreadable' = 'blank';
  /** Why the agent rejects the line, in words for a user; empty unless unreadable. */
  reason = '';
  roleStart = 0;
  roleEnd = 0;
  roleEscaped = false;
  contentStart = 0;
  contentEnd = 0;
  contentEscaped = false;
}

// Where the machine stands. Numbers in a row let the compiler make a jump table.
const LEAD = 0;
const TRAIL = 1;
const KEY_OR_END = 2;
const KEY = 3;
const STRING = 4;
const ESCAPE = 5;
const HEX = 6;
const PAIR_BACKSLASH = 7;
const PAIR_U = 8;
const COLON = 9;
const VALUE = 10;
const VALUE_OR_END = 11;
const AFTER = 12;
const LITERAL = 13;
const MINUS = 14;
const ZERO = 15;
const INTEGER = 16;
const POINT = 17;
const FRACTION = 18;
const EXPONENT = 19;
const EXPONENT_SIGN = 20;
const EXPONENT_DIGITS = 21;
const FAILED = 22;

// What the text that is being read is for.
const FOR_KEY = 0;
const FOR_ROLE = 1;
const FOR_CONTENT = 2;
const IGNORED = 3;
const IGNORED_KEY = 4;

const FIELD_NAMES = ['', 'role', 'content'];
const MAX_KEY = 8;

/**
 * Decides about one line exactly as zeroclaw does, which gives it to serde_json for `struct { role: String, content:
 * String }` after `str::trim`. It is a machine that can be fed in pieces, so a line of any length needs no memory, and
 * it keeps its own stack, so no nesting can overflow ours. UTF-8 is not checked here.
 *
 * Observed on zeroclaw (0.6.9, 0.8.4, master): fields with other names are ignored, to any depth (serde_json's limit of
 * 128 does not hold for what it skips) and with any surrogate escapes inside; a key in the outer object must be a valid
 * text; a second `role` or `content` is an error; `["role","content"]` is accepted; numbers need only the right form.
 */
export class LineMachine {
  #state = LEAD;
  #stack = new BracketStack();
  #reason = '';
  #length = 0;
  #isArray = false;
  #items = 0;
  /** The field (FOR_ROLE, FOR_CONTENT, IGNORED) that the next value of the outer object belongs to. */
  #field = IGNORED;
  #target = IGNORED;
  #escaped = false;
  #stringStart = 0;
  #key = '';
  #hexDigits = 0;
  #hexValue = 0;
  #highSurrogate = false;
  #literal = '';
  #literalAt = 0;
  #pendingSpace = 0;
  #pendingBytes = 0;
  #roleStart = -1;
  #roleEnd = 0;
  #roleEscaped = false;
  #contentStart = -1;
  #contentEnd = 0;
  #contentEscaped = false;

  reset(): void {
    this.#state = LEAD;
    this.#stack.clear();
    this.#reason = '';
    this.#length = 0;
    this.#isArray = false;
    this.#items = 0;
    this.#pendingBytes = 0;
    this.#pendingSpace = 0;
    this.#highSurrogate = false;
    this.#roleStart = -1;
    this.#contentStart = -1;
  }

  /** The next bytes of the line, without its line feed. */
  feed(bytes: Bytes, start: number, end: number): void {
    const { buffer } = bytes;
    const base = this.#length - start;
    this.#length += end - start;
    let i = start;
    while (i < end && this.#state !== FAILED) {
      if (this.#state === STRING) {
        const stop = skipPlain(bytes, i, end);
        if (this.#target === FOR_KEY && stop > i) this.#addToKey(buffer, i, stop);
        if (stop >= end) return;
        i = stop;
      }
      // A number ends at the byte after it, which is then looked at again.
      if (this.#step(buffer[i] ?? 0, base + i)) i++;
    }
  }

  /** The verdict, after the last byte. */
  finish(result: ParsedLine): void {
    result.reason = '';
    if (this.#state === LEAD && this.#pendingBytes === 0) {
      result.kind = 'blank';
      return;
    }
    if (this.#state !== FAILED && this.#state !== TRAIL) this.#fail('unexpected end: the line is cut off');
    else if (this.#state === TRAIL && this.#pendingBytes > 0)
      this.#fail(`something follows the message at byte ${this.#length}`);
    if (this.#state === FAILED) {
      result.kind = 'unreadable';
      result.reason = this.#reason;
      return;
    }
    result.kind = 'message';
    result.roleStart = this.#roleStart;
    result.roleEnd = this.#roleEnd;
    result.roleEscaped = this.#roleEscaped;
    result.contentStart = this.#contentStart;
    result.contentEnd = this.#contentEnd;
    result.contentEscaped = this.#contentEscaped;
  }

  #fail(reason: string): void {
    this.#state = FAILED;
    this.#reason = reason;
  }

  #unexpected(byte: number, at: number, wanted: string): void {
    this.#fail(`${byteName(byte)} at byte ${at + 1} where ${wanted} is expected`);
  }

  /** Takes one byte at offset `at`; false: the byte is to be looked at again in the new state. */
  #step(byte: number, at: number): boolean {
    switch (this.#state) {
      case LEAD:
      case TRAIL:
        this.#outside(byte, at);
        return true;
      case STRING:
        this.#endOfRun(byte, at);
        return true;
      case ESCAPE:
      case HEX:
      case PAIR_BACKSLASH:
      case PAIR_U:
        this.#escape(byte, at);
        return true;
      case LITERAL:
        if (byte !== this.#literal.charCodeAt(this.#literalAt)) this.#unexpected(byte, at, `\`${this.#literal}\``);
        else if (++this.#literalAt === this.#literal.length) this.#state = AFTER;
        return true;
      case KEY_OR_END:
      case KEY:
      case COLON:
      case VALUE:
      case VALUE_OR_END:
      case AFTER:
        if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== 0x0a) this.#structure(byte, at);
        return true;
      default:
        return this.#number(byte, at);
    }
  }

  /** Before and after the value: white space of any kind, as `str::trim` takes it. */
  #outside(byte: number, at: number): void {
    if (byte >= 0x80 || this.#pendingBytes > 0) {
      this.#pendingSpace = (this.#pendingSpace << 8) | byte;
      this.#pendingBytes++;
      const lead = this.#pendingSpace >>> (8 * (this.#pendingBytes - 1));
      const wanted = lead === 0xc2 ? 2 : lead >= 0xe1 && lead <= 0xe3 ? 3 : 1;
      if (this.#pendingBytes < wanted) return;
      if (wanted > 1 && isWhiteSpace(this.#pendingSpace)) {
        this.#pendingSpace = 0;
        this.#pendingBytes = 0;
        return;
      }
      if (this.#state === TRAIL) this.#fail(`something follows the message at byte ${at + 1}`);
      else if (lead === 0xef) this.#fail('begins with a byte order mark or another character that is no JSON');
      else this.#fail('is no JSON object');
      return;
    }
    if (byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)) return;
    if (this.#state === TRAIL) {
      this.#fail(`something follows the message at byte ${at + 1}`);
    } else if (byte === 0x7b) {
      this.#stack.push(true);
      this.#state = KEY_OR_END;
    } else if (byte === 0x5b) {
      this.#stack.push(false);
      this.#isArray = true;
      this.#state = VALUE_OR_END;
    } else this.#fail('is no JSON object');
  }

  #structure(byte: number, at: number): void {
    switch (this.#state) {
      case KEY_OR_END:
        if (byte === 0x7d) this.#close();
        else this.#beginKey(byte, at);
        break;
      case KEY:
        this.#beginKey(byte, at);
        break;
      case COLON:
        if (byte === 0x3a) this.#state = VALUE;
        else this.#unexpected(byte, at, '`:`');
        break;
      case VALUE_OR_END:
        if (byte === 0x5d) this.#close();
        else this.#beginValue(byte, at);
        break;
      case VALUE:
        this.#beginValue(byte, at);
        break;
      default:
        if (byte === 0x2c) this.#state = this.#stack.inObject ? KEY : VALUE;
        else if (byte === (this.#stack.inObject ? 0x7d : 0x5d)) this.#close();
        else this.#unexpected(byte, at, this.#stack.inObject ? '`,` or `}`' : '`,` or `]`');
    }
  }

  #close(): void {
    const missing = this.#stack.depth === 1 ? this.#missing() : '';
    this.#stack.pop();
    this.#state = this.#stack.depth === 0 ? TRAIL : AFTER;
    if (missing) this.#fail(missing);
  }

  #missing(): string {
    if (this.#isArray && this.#items < 2) return 'an array with fewer than two items';
    if (this.#roleStart < 0) return 'no `role`';
    return this.#contentStart < 0 ? 'no `content`' : '';
  }

  #beginKey(byte: number, at: number): void {
    this.#key = '';
    if (byte === 0x22) this.#beginString(this.#stack.depth === 1 ? FOR_KEY : IGNORED_KEY, at);
    else this.#unexpected(byte, at, 'a field name in quotes');
  }

  #beginString(target: number, at: number): void {
    this.#target = target;
    this.#stringStart = at + 1;
    this.#escaped = false;
    this.#state = STRING;
  }

  #beginValue(byte: number, at: number): void {
    const outer = this.#stack.depth === 1;
    let target = outer ? this.#field : IGNORED;
    if (outer && this.#isArray) target = this.#items++ === 0 ? FOR_ROLE : FOR_CONTENT;
    if (this.#items > 2) this.#fail('an array with more than two items');
    else if (byte === 0x22) this.#beginString(target, at);
    else if (target !== IGNORED) {
      this.#fail(`\`${FIELD_NAMES[target] ?? ''}\` is ${valueName(byte)}, not a text (byte ${at + 1})`);
    } else if (byte === 0x7b || byte === 0x5b) {
      this.#stack.push(byte === 0x7b);
      this.#state = byte === 0x7b ? KEY_OR_END : VALUE_OR_END;
    } else if (byte === 0x6e) this.#beginLiteral('null');
    else if (byte === 0x74) this.#beginLiteral('true');
    else if (byte === 0x66) this.#beginLiteral('false');
    else if (byte === 0x2d) this.#state = MINUS;
    else if (byte === 0x30) this.#state = ZERO;
    else if (isDigit(byte)) this.#state = INTEGER;
    else this.#unexpected(byte, at, 'a value');
  }

  #beginLiteral(word: string): void {
    this.#literal = word;
    this.#literalAt = 1;
    this.#state = LITERAL;
  }

  /** A quote, a backslash or a control character inside a text. */
  #endOfRun(byte: number, at: number): void {
    if (byte === 0x5c) {
      this.#escaped = true;
      this.#state = ESCAPE;
    } else if (byte === 0x22) this.#endString(at);
    else this.#fail(`control character ${codePointName(byte)} inside a text at byte ${at + 1}`);
  }

  #endString(at: number): void {
    this.#state = this.#target === FOR_KEY || this.#target === IGNORED_KEY ? COLON : AFTER;
    if (this.#target === FOR_KEY) {
      this.#field = this.#key === 'role' ? FOR_ROLE : this.#key === 'content' ? FOR_CONTENT : IGNORED;
      const seen = this.#field === FOR_ROLE ? this.#roleStart : this.#field === FOR_CONTENT ? this.#contentStart : -1;
      if (seen >= 0) this.#fail(`duplicate field \`${this.#key}\``);
    } else if (this.#target === FOR_ROLE) {
      this.#roleStart = this.#stringStart;
      this.#roleEnd = at;
      this.#roleEscaped = this.#escaped;
    } else if (this.#target === FOR_CONTENT) {
      this.#contentStart = this.#stringStart;
      this.#contentEnd = at;
      this.#contentEscaped = this.#escaped;
    }
  }

  #escape(byte: number, at: number): void {
    switch (this.#state) {
      case ESCAPE:
        if (byte === 0x75) this.#beginHex();
        else this.#endEscape(simpleEscape(byte), at);
        break;
      case PAIR_BACKSLASH:
        if (byte === 0x5c) this.#state = PAIR_U;
        else this.#fail(`half of a surrogate pair before byte ${at + 1}`);
        break;
      case PAIR_U:
        if (byte === 0x75) this.#beginHex();
        else this.#fail(`half of a surrogate pair before byte ${at + 1}`);
        break;
      default: {
        const digit = hexDigit(byte);
        this.#hexValue = this.#hexValue * 16 + digit;
        if (digit < 0) this.#fail(`a \\u escape needs four hexadecimal digits (byte ${at + 1})`);
        else if (++this.#hexDigits === 4) this.#endHex(at);
      }
    }
  }

  #endEscape(character: number, at: number): void {
    this.#state = STRING;
    if (character < 0) this.#fail(`unknown escape at byte ${at + 1}`);
    else if (this.#target === FOR_KEY) this.#addCodeToKey(character);
  }

  #beginHex(): void {
    this.#hexDigits = 0;
    this.#hexValue = 0;
    this.#state = HEX;
  }

  #endHex(at: number): void {
    const code = this.#hexValue;
    this.#state = STRING;
    // What is ignored is not decoded by serde_json, so any four digits will do.
    if (this.#target === IGNORED || this.#target === IGNORED_KEY) return;
    const isLow = code >= 0xdc00 && code <= 0xdfff;
    const isWrong = isLow !== this.#highSurrogate;
    this.#highSurrogate = code >= 0xd800 && code <= 0xdbff;
    if (this.#highSurrogate) this.#state = PAIR_BACKSLASH;
    if (this.#target === FOR_KEY) this.#addCodeToKey(code);
    if (isWrong) this.#fail(`half of a surrogate pair before byte ${at + 2}`);
  }

  /** The key as far as it matters: no more of it than a known name is long. */
  #addToKey(buffer: Buffer, start: number, end: number): void {
    const room = MAX_KEY - this.#key.length;
    if (room > 0) this.#key += buffer.toString('latin1', start, Math.min(end, start + room));
  }

  #addCodeToKey(code: number): void {
    if (this.#key.length < MAX_KEY) this.#key += String.fromCharCode(code);
  }

  #number(byte: number, at: number): boolean {
    const digit = isDigit(byte);
    switch (this.#state) {
      case MINUS:
        if (!digit) this.#unexpected(byte, at, 'a digit');
        else this.#state = byte === 0x30 ? ZERO : INTEGER;
        return true;
      case ZERO:
      case INTEGER:
        if (digit && this.#state === ZERO) this.#unexpected(byte, at, 'no digit after a leading zero');
        else if (digit) return true;
        else if (byte === 0x2e) this.#state = POINT;
        else if (byte === 0x65 || byte === 0x45) this.#state = EXPONENT;
        else {
          this.#state = AFTER;
          return false;
        }
        return true;
      case POINT:
        if (digit) this.#state = FRACTION;
        else this.#unexpected(byte, at, 'a digit');
        return true;
      case FRACTION:
        if (digit) return true;
        if (byte === 0x65 || byte === 0x45) {
          this.#state = EXPONENT;
          return true;
        }
        this.#state = AFTER;
        return false;
      case EXPONENT:
      case EXPONENT_SIGN:
        if (digit) this.#state = EXPONENT_DIGITS;
        else if (this.#state === EXPONENT && (byte === 0x2b || byte === 0x2d)) this.#state = EXPONENT_SIGN;
        else this.#unexpected(byte, at, 'a digit');
        return true;
      default:
        if (digit) return true;
        this.#state = AFTER;
        return false;
    }
  }
}
