/** Runs work for an element once, when it comes near the view. One observer serves the whole page. */
const waiting = new WeakMap<Element, () => void>();

const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      observer.unobserve(target);
      const work = waiting.get(target);
      waiting.delete(target);
      work?.();
    }
  },
  { rootMargin: '200px' },
);

export function whenVisible(element: Element, work: () => void): () => void {
  waiting.set(element, work);
  observer.observe(element);
  return () => {
    waiting.delete(element);
    observer.unobserve(element);
  };
}
