/**
 * What a message's content means. The backend makes these blocks (backend/content), the page draws them.
 * Nothing is dropped on the way: what does not parse stays a text block.
 */

/** Present when only the first part of a text was sent to the screen. */
export interface Cut {
  /** Bytes (UTF-8) of the whole text. */
  readonly totalBytes: number;
}

export interface TextBlock {
  readonly type: 'text';
  /** Markdown. */
  readonly text: string;
  /** The code fence around all of it is ours: the store holds the JSON inside. */
  readonly fenced?: true;
  readonly cut?: Cut;
}

export interface ThinkingBlock {
  readonly type: 'thinking';
  readonly text: string;
  readonly words: number;
  readonly cut?: Cut;
}

export interface ToolCallBlock {
  readonly type: 'toolCall';
  /** `null` in prompt mode, where calls have no id. Ids may repeat within a session. */
  readonly id: string | null;
  readonly name: string;
  /** Pretty-printed JSON where it parses, else the text as written. */
  readonly arguments: string;
  /** True when `arguments` is JSON. */
  readonly json: boolean;
  /** The one argument that tells what the call does (a command, a path, a query), on one line; empty when there is none. */
  readonly summary: string;
  readonly cut?: Cut;
}

export type ToolStatus = 'ok' | 'error';

export interface ToolResultBlock {
  readonly type: 'toolResult';
  readonly callId: string | null;
  /** Known in prompt mode only. */
  readonly name: string | null;
  /** `null`: the store does not say. */
  readonly status: ToolStatus | null;
  readonly text: string;
  /** Bytes (UTF-8) of the whole result. */
  readonly size: number;
  /** zeroclaw's receipt (`zc-receipt-...`). */
  readonly receipt?: string;
  readonly cut?: Cut;
}

export interface ImageBlock {
  readonly type: 'image';
  readonly source: /** Inline data. `uri` is left out when it is big: the page then asks for it by `index`. */
    | {
        readonly kind: 'data';
        readonly mediaType: string;
        readonly bytes: number;
        readonly index: number;
        readonly uri?: string;
      }
    | { readonly kind: 'file'; readonly path: string }
    /** Never loaded. */
    | { readonly kind: 'remote'; readonly url: string }
    | { readonly kind: 'missing'; readonly reason: string };
}

export interface AttachmentBlock {
  readonly type: 'attachment';
  readonly kind: 'document' | 'audio' | 'video' | 'voice' | 'location' | 'photo' | 'file';
  /** File name, path, or what the marker says. */
  readonly label: string;
  readonly path?: string;
  /** A transcription, where there is one. */
  readonly text?: string;
}

export interface MarkerBlock {
  readonly type: 'marker';
  readonly kind: 'failed' | 'interrupted' | 'omitted' | 'usedTools' | 'summary' | 'context' | 'memory';
  /** One line. */
  readonly label: string;
  /** What folds out below it (the text of a summary, the recalled memories). */
  readonly text?: string;
  readonly cut?: Cut;
}

export type ContentBlock =
  | TextBlock
  | ThinkingBlock
  | ToolCallBlock
  | ToolResultBlock
  | ImageBlock
  | AttachmentBlock
  | MarkerBlock;

export interface MessageContent {
  readonly blocks: readonly ContentBlock[];
  /** The time that zeroclaw wrote in front of a user's text ("2026-08-20 10:00:00 CEST"), taken out of it. */
  readonly statedTime?: string;
  /** Who wrote it in a group chat. */
  readonly sender?: string;
}
