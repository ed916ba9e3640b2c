const LINE_END = /\r\n|\n|\r/g;

/** A text as an input box shows it. */
export function onOneLine(text: string): string {
  return text.trim().replace(LINE_END, ' ');
}

/**
 * What was meant by a text from an input box, which has one line only: a clipboard of several lines that was pasted into
 * it shows there with spaces for its line ends, and gets them back.
 */
export function withPastedLines(given: string, clipboard: string): string {
  const pasted = clipboard.trim();
  if (pasted.search(LINE_END) === -1) return given;
  const lines = pasted.replace(LINE_END, '\n');
  return given.replace(onOneLine(pasted), () => lines);
}
