/**
 * From a position in the whole conversation (virtual) to the scroll bar's (dom) and back. Browsers cap an element's
 * height, so a long conversation gets a shorter scroll range: exact near both ends, proportional between.
 */

/** Chromium's limit is about 33.5 million px; positions stay exact to the pixel well below it. */
export const maxDomHeight = 8_000_000;
const exactEdge = 400_000;

export interface ScrollMap {
  /** Greatest virtual and dom scroll positions. */
  readonly virtualMax: number;
  readonly domMax: number;
  readonly edge: number;
}

export function domHeight(virtualHeight: number): number {
  return Math.min(Math.ceil(virtualHeight), maxDomHeight);
}

export function scrollMap(virtualHeight: number, viewHeight: number): ScrollMap {
  const virtualMax = Math.max(0, virtualHeight - viewHeight);
  const domMax = Math.max(0, domHeight(virtualHeight) - viewHeight);
  return { virtualMax, domMax, edge: Math.min(exactEdge, domMax / 4) };
}

export function isMapped(map: ScrollMap): boolean {
  return map.virtualMax > map.domMax + 1;
}

export function toDom(position: number, map: ScrollMap): number {
  const { virtualMax, domMax, edge } = map;
  const virtual = Math.max(0, Math.min(position, virtualMax));
  if (!isMapped(map)) return Math.min(virtual, domMax);
  if (virtual <= edge) return virtual;
  if (virtual >= virtualMax - edge) return domMax - (virtualMax - virtual);
  return edge + ((virtual - edge) * (domMax - 2 * edge)) / (virtualMax - 2 * edge);
}

export function toVirtual(position: number, map: ScrollMap): number {
  const { virtualMax, domMax, edge } = map;
  const dom = Math.max(0, Math.min(position, domMax));
  if (!isMapped(map)) return Math.min(dom, virtualMax);
  if (dom <= edge) return dom;
  if (dom >= domMax - edge) return virtualMax - (domMax - dom);
  return edge + ((dom - edge) * (virtualMax - 2 * edge)) / (domMax - 2 * edge);
}
